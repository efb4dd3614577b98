// Package console drives the console in Chromium against the rehearsal: stories by clicking and by keyboard alone, sign-in and
// its refusals, hostile text in each view, axe-core, and the time of the first paint.
//
//	go -C scripts/oracles test -v ./console
//	go -C scripts/oracles test -v -run TestPictures ./console -args -pictures DIR    writes the README's pictures
package console
