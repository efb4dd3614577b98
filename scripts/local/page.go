package main

import "curfew/shared/console"

// pageSettings are those of the page at base, whose sign-in is the rehearsal's.
func pageSettings(base string) console.Settings {
	return console.Settings{Issuer: base + "/signin", Audience: "curfew", Client: "curfew-console", CLI: "curfew-cli", Scopes: []string{"openid", "profile"}}
}
