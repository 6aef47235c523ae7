export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404b); --soft: light-dark(#5a6270, #a3abba);
  --ok: light-dark(#0b6b3a, #5fd394); --warn: light-dark(#8a4b00, #f2b65c); --bad: light-dark(#a3161f, #ff8f8f); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem;
  background: light-dark(#fff, #15181d); color: light-dark(#1b1f27, #e8ebf1); }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 1rem 0; }
label { display: block; font-weight: 600; }
input, button { font: inherit; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .3rem; }
input { min-width: min(22rem, 100%); background: transparent; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid light-dark(#1d5fd1, #8ab4ff); outline-offset: 2px; }
p.note { color: var(--soft); margin: .25rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: left; color: var(--soft); }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
td.number { font-variant-numeric: tabular-nums; }
.ok { color: var(--ok); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.finding { margin: .75rem 0; } .finding p { margin: 0; }
code { display: block; overflow-x: auto; white-space: pre; font-size: .85rem; color: var(--soft); }
[hidden] { display: none; }
`;
