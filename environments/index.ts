export { staging } from './staging';
export { production } from './production';
export { rehearsal, type RehearsalOverrides } from './rehearsal';
