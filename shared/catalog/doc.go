// Package catalog reads the catalog, a directory that people write and review, and answers from it.
//
// A catalog says what may be granted (entitlements/*.yaml), which events start that (triggers/*.yaml), who the callers are
// (identities.yaml), what is forbidden beyond that (policies/*.cedar), and what its authors expect of it (tests.yaml);
// README.md has every field. [Load] reads it strictly and reports all that is wrong with it at once, each [Problem] with
// its place. What was loaded has one canonical form, [Catalog.JSON], whose SHA-256 is the catalog's name: [Catalog.Hash].
// That form is packed beside the functions and read back by [Decode].
//
// [Catalog.Decide] asks Cedar. Five permits are shipped and read what an entitlement says; a catalog's own policies may
// only forbid. What nothing permits is denied, and so is everything while a policy cannot be evaluated.
//
// A trigger is only checked here. That it can never start what Curfew's own doing caused, and never elevates a person, is
// refused as far as a catalog shows it; package eventbus holds events against it.
//
// [Set] is the port access.Decider: the newest catalog, and those before it that elevations under way were made from.
package catalog
