// The welcome: the map with what is public.

import { place } from "./place.js";

place();
