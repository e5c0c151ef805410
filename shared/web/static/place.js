// The map, the list and the card, put together: the same for the console and for the welcome.

import { Card } from "./card.js";
import { Cities } from "./cities.js";
import { MunicipalMap } from "./map.js";
import { Numbers } from "./numbers.js";

export function place() {
  const numbers = new Numbers();
  const cities = new Cities(numbers);
  const card = new Card((member) => map.select(member));
  const map = new MunicipalMap({
    numbers,
    names: cities.names,
    choose: (id, origin) => card.show({ id, kind: "municipality", name: cities.names.get(id) ?? id }, origin),
  });
  const show = () => cities.show(map.measure);
  numbers.onChange(show);
  numbers.onChange(() => card.refresh());
  document.getElementById("measures").addEventListener("change", show);
  return { numbers, map };
}
