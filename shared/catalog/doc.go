// Package catalog reads the catalog, a directory that people write and review, and decides from it.
//
// [Load] reads a directory strictly and returns all problems at once, each a [Problem] with its place. [Catalog.JSON]
// is its canonical form and [Catalog.Hash] the SHA-256 of that. The canonical form is packed with the functions;
// [Decode] reads it. README.md describes every field.
//
// [Catalog.Decide] uses Cedar. Five shipped policies permit what an entitlement says. A catalog's own policies may only
// forbid. The default is deny, also while any policy cannot be evaluated.
//
// This package only checks triggers; package eventbus matches events. As far as a catalog shows it, Load refuses a
// trigger that Curfew's own actions could start, or that could elevate a person.
//
// [Set] implements access.Decider with the newest catalog and the older ones that running elevations were made from.
package catalog
