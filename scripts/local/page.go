package main

import (
	"curfew/scripts/local/signin"
	"curfew/shared/console"
)

// pageSettings are those of the page at base. Tokens of the rehearsal end after five minutes: the page renews them.
func pageSettings(base string) console.Settings {
	return console.Settings{Issuer: base + "/signin", Audience: "curfew", Client: signin.ConsoleClient, CLI: signin.CLIClient, Scopes: []string{"openid", "offline_access"}, Inbox: true}
}
