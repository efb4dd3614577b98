package adversary

import (
	"strconv"
	"strings"
)

// bodies are requests that are not understood: ambiguous input is refused.
func bodies() []attempt {
	const more = `"duration_seconds": 1800`
	var all []attempt
	for _, b := range []struct{ name, body string }{
		{"requester in the body", and(askAdmin, `"requester": "person:https://id.example.com|0002"`)},
		{"requester as an object in the body", and(askAdmin, `"requester": {"id": "person:https://id.example.com|0002", "kind": "person"}`)},
		{"groups in the body", and(askAdmin, `"groups": ["leads"]`)},
		{"mfa in the body", and(askAdmin, `"mfa": true`)},
		{"approvals in the body", and(askAdmin, `"approval": {"need": 0}`)},
		{"state in the body", and(askAdmin, `"state": "approved"`)},
		{"break-glass in the body", and(askAdmin, `"break_glass": true`)},
		{"break-glass in the catalog's spelling", and(askAdmin, `"breakGlass": true`)},
		{"policy in the body", and(askAdmin, `"policy": {"Version": "2012-10-17"}`)},
		{"catalog hash in the body", and(askAdmin, `"catalog": "`+strings.Repeat("0", 64)+`"`)},
		{"deadline in the body", and(askAdmin, `"deadline": "2099-01-01T00:00:00Z"`)},
		{"task said to be known", with(askAdmin, `"kind": "change"`, `"kind": "change", "known": true`)},
		{"duplicate key", and(askAdmin, `"principal": "`+backup+`"`)},
		{"duplicate key, the same value", and(askAdmin, more)},
		{"duplicate nested key", with(askAdmin, `"kind": "change"`, `"kind": "change", "kind": "incident"`)},
		{"duplicate parameter", with(askAdmin, `{"account"`, `{"account": "444455556666", "account"`)},
		{"duplicate key in another case", and(askAdmin, `"Principal": "`+backup+`"`)},
		{"duplicate key with an escape", and(askAdmin, `"princip\u0061l": "`+backup+`"`)},
		{"duplicate key with a letter that folds", and(askAdmin, `"rea`+"\u017f"+`on": "another"`)},
		{"key in another case", with(askAdmin, `"principal"`, `"PRINCIPAL"`)},
		{"unknown field", and(askAdmin, `"urgent": true`)},
		{"prototype of an object", and(askAdmin, `"__proto__": {"groups": ["leads"]}`)},
		{"trailing object", askAdmin + askAdmin},
		{"trailing brace", askAdmin + "}"},
		{"array of requests", "[" + askAdmin + "," + askAdmin + "]"},
		{"comment", with(askAdmin, more, more+" /* more */")},
		{"control character", with(askAdmin, "stuck", "st\x07ck")},
		{"escaped NUL", with(askAdmin, "stuck", `st\u0000ck`)},
		{"new line that looks like another record", with(askAdmin, "stuck", `stuck\napproved by ben`)},
		{"text that turns direction", with(askAdmin, "stuck", `stuck \u202eneb yb devorppa`)},
		{"isolate that turns direction", with(askAdmin, "stuck", `stuck \u2067neb yb devorppa\u2069`)},
		{"invisible character", with(askAdmin, "stuck", `st\u200bck`)},
		{"half a surrogate pair", with(askAdmin, "stuck", `\udc00`)},
		{"overlong UTF-8", with(askAdmin, "stuck", "\xc0\xaf")},
		{"no reason", with(askAdmin, "the deployment is stuck", "  ")},
		{"reason of 501 characters", with(askAdmin, "stuck", strings.Repeat("x", 501))},
		{"duration NaN", with(askAdmin, "1800", "NaN")},
		{"duration infinite", with(askAdmin, "1800", "Infinity")},
		{"duration 1e999", with(askAdmin, "1800", "1e999")},
		{"duration 18e2", with(askAdmin, "1800", "18e2")},
		{"duration with a fraction", with(askAdmin, "1800", "1800.5")},
		{"duration as text", with(askAdmin, "1800", `"1800"`)},
		{"duration with a leading zero", with(askAdmin, "1800", "01800")},
		{"duration zero", with(askAdmin, "1800", "0")},
		{"duration minus zero", with(askAdmin, "1800", "-0")},
		{"duration negative", with(askAdmin, "1800", "-1800")},
		{"duration that overflows when counted in nanoseconds", with(askAdmin, "1800", "18446744074")},
		{"duration that overflows 64 bits", with(askAdmin, "1800", "9223372036854775808")},
		{"no duration", with(askAdmin, more+", ", "")},
		{"start in the past", and(askAdmin, `"start_at": "1999-12-31T23:59:59Z"`)},
		{"start in ten years", and(askAdmin, `"start_at": "2010-01-01T00:00:00Z"`)},
		{"start in the year 9999", and(askAdmin, `"start_at": "9999-12-31T23:59:59Z"`)},
		{"start in another zone", and(askAdmin, `"start_at": "2000-01-01T02:00:00+01:00"`)},
		{"start at a leap second", and(askAdmin, `"start_at": "2000-01-01T23:59:60Z"`)},
		{"latest end before the start", and(askAdmin, `"start_at": "2000-01-01T03:00:00Z", "latest_end": "2000-01-01T02:59:59Z"`)},
		{"latest end in the past", and(askAdmin, `"latest_end": "1999-12-31T23:00:00Z"`)},
		{"latest end that is the zero time", and(askAdmin, `"latest_end": "0001-01-01T00:00:00Z"`)},
		{"entitlement with a path", with(askAdmin, "admin-30m", "../entitlements/admin-30m")},
		{"entitlement with an encoded path", with(askAdmin, "admin-30m", "..%2fadmin-30m")},
		{"entitlement in another case", with(askAdmin, "admin-30m", "Admin-30m")},
		{"entitlement with a look-alike letter", with(askAdmin, "admin-30m", "\u0430dmin-30m")},
		{"entitlement with a file's name", with(askAdmin, "admin-30m", "admin-30m.yaml")},
		{"no entitlement", with(askAdmin, "admin-30m", "")},
		{"kind of task that does not exist", with(askAdmin, `"change"`, `"deploy"`)},
		{"kind of task in another case", with(askAdmin, `"change"`, `"Change"`)},
		{"task id with a new line", with(askAdmin, "CHG-1", `CHG-1\r\nX-Approved: yes`)},
		{"task id with a space at its end", with(askAdmin, "CHG-1", "CHG-1 ")},
		{"task id with a wildcard", with(askAdmin, "CHG-1", "CHG-*")},
		{"session with a wildcard", and(askAdmin, `"session": "*"`)},
		{"session with a variable", and(askAdmin, `"session": "${aws:username}"`)},
		{"session with a look-alike letter", and(askAdmin, `"session": "`+"\u0430na"+`"`)},
		{"session with a colon", and(askAdmin, `"session": "ana:ben"`)},
	} {
		all = append(all, attempt{name: b.name, who: ana(), body: b.body, status: 400, kind: "invalid", leaves: nothing})
	}
	return append(append(all, parameters()...),
		attempt{name: "over 16 KiB", who: ana(), body: with(askAdmin, "stuck", strings.Repeat("x", 16<<10)),
			status: 413, kind: "too-large", leaves: nothing},
		attempt{name: "over 16 KiB of white space after the request", who: ana(), body: askAdmin + strings.Repeat(" ", 16<<10),
			status: 413, kind: "too-large", leaves: nothing},
		attempt{name: "a form", who: ana(), body: "", headers: []string{"Content-Type: application/x-www-form-urlencoded"},
			status: 415, kind: "media-type", leaves: nothing},
		attempt{name: "another character set", who: ana(), body: "", headers: []string{"Content-Type: application/json; charset=utf-7"},
			status: 415, kind: "media-type", leaves: nothing})
}

// parameters are values with a special meaning in a policy.
func parameters() []attempt {
	var all []attempt
	for _, value := range []string{"*", "11112222333?", "${aws:username}", "${*}", `111122223333", "444455556666`, `\`, "{{account}}",
		"\uff11\uff11\uff11\uff11\uff12\uff12\uff12\uff12\uff13\uff13\uff13\uff13", "111122223333 ", "1111222233334", "", "111122223333\u200b"} {
		all = append(all, attempt{name: "account " + strconv.QuoteToASCII(value), who: ana(),
			body: with(askAdmin, `"account": "111122223333"`, `"account": `+strconv.Quote(value)), status: 400, kind: "invalid", leaves: nothing})
	}
	for _, value := range []string{"*", "reports/*", "reports/api-ke?", "${aws:PrincipalTag/secret}", "reports/api-key-??????", "r\u0435ports/api-key"} {
		all = append(all, attempt{name: "secret " + strconv.QuoteToASCII(value), who: summarizer("run-42"),
			body: with(askSecret, "reports/api-key", value), status: 400, kind: "invalid", leaves: nothing})
	}
	for _, b := range []struct{ name, body string }{
		{"missing parameter", with(askAdmin, `{"account": "111122223333"}`, `{}`)},
		{"no parameters", with(askAdmin, `, "parameters": {"account": "111122223333"}`, ``)},
		{"one parameter more", with(askAdmin, `{"account"`, `{"region": "eu-west-1", "account"`)},
		{"parameters of an entitlement that has none", and(askTwo, `"parameters": {"account": "111122223333"}`)},
		{"parameter as a list", with(askAdmin, `"account": "111122223333"`, `"account": ["111122223333", "444455556666"]`)},
		{"parameter as a number", with(askAdmin, `"account": "111122223333"`, `"account": 111122223333`)},
	} {
		all = append(all, attempt{name: b.name, who: ana(), body: b.body, status: 400, kind: "invalid", leaves: nothing})
	}
	return all
}
