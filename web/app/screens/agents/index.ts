/** What other screens take from here. */
export { ModelsSettings } from "./models/ModelsSettings";
