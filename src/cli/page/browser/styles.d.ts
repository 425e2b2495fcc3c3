declare module "*.css";
declare module "sortable-tablesort/dist/esm/sortable.js";
