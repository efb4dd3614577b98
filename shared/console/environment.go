package console

import "strings"

// Variables are those of the function, sorted. All may be empty.
func Variables() []string {
	return []string{"CURFEW_AUDIENCE", "CURFEW_CLI_CLIENT", "CURFEW_CONSOLE_CLIENT", "CURFEW_ISSUER", "CURFEW_SCOPES", "CURFEW_SIGNIN_ORIGINS"}
}

// FromEnvironment reads the settings of a deployed function.
func FromEnvironment(get func(string) string) Settings {
	return Settings{
		Issuer: get("CURFEW_ISSUER"), Audience: get("CURFEW_AUDIENCE"), Client: get("CURFEW_CONSOLE_CLIENT"), CLI: get("CURFEW_CLI_CLIENT"),
		Scopes: list(get("CURFEW_SCOPES")), Origins: list(get("CURFEW_SIGNIN_ORIGINS")), HTTPS: true,
	}
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}
