import "@fontsource-variable/inter/wght.css";
import "./style.css";

import { createRoot } from "react-dom/client";

import { App } from "./app";
import { firstLanguage, startLanguage } from "./i18n";
import { stored } from "./preferences";
import { forbidMarkup } from "./trusted-types";

forbidMarkup();
await startLanguage(firstLanguage(stored("language"), navigator.languages));

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(<App />);
