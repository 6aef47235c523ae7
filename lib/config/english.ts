import { en } from 'zod/locales';
import * as z from 'zod/mini';

// zod/mini has no words for what is wrong until it is given a language. Not as `z.locales.en`: that bundles all of them.
z.config(en());
