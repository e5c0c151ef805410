// The console: facts as they come, how complete they are, and of each city how many agreements it has.

import { Card, searchCities } from "./city.js";
import { Live } from "./live.js";

const { position, expires } = document.getElementById("console").dataset;
new Card();
searchCities();
new Live(position === undefined ? null : Number(position), Number(expires ?? 0));
