package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"curfew/shared/record"
)

// with is askAdmin with one text put in place of another.
func with(old, new string) string { return strings.Replace(askAdmin, old, new, 1) }

// TestNotUnderstood: unclear input is a 4xx, stores nothing, and leaves no more than one line in our log, without a
// word of the body.
func TestNotUnderstood(t *testing.T) {
	const more = `"duration_seconds": 1800`
	tests := map[string]struct {
		body   string
		status int
	}{
		"empty":                              {"", http.StatusUnsupportedMediaType},
		"white space":                        {" \n", http.StatusBadRequest},
		"half an object":                     {askAdmin[:len(askAdmin)/2], http.StatusBadRequest},
		"no closing brace":                   {strings.TrimSuffix(askAdmin, "}"), http.StatusBadRequest},
		"null":                               {"null", http.StatusBadRequest},
		"array":                              {"[" + askAdmin + "]", http.StatusBadRequest},
		"text":                               {`"` + engineer + `"`, http.StatusBadRequest},
		"number":                             {"1", http.StatusBadRequest},
		"trailing object":                    {askAdmin + askAdmin, http.StatusBadRequest},
		"trailing brace":                     {askAdmin + "}", http.StatusBadRequest},
		"trailing comma":                     {with(more, more+","), http.StatusBadRequest},
		"comma before the end":               {strings.TrimSuffix(askAdmin, "}") + ",}", http.StatusBadRequest},
		"comment":                            {with(more, more+" /* so */"), http.StatusBadRequest},
		"single quotes":                      {strings.ReplaceAll(askAdmin, `"`, "'"), http.StatusBadRequest},
		"byte order mark":                    {"\ufeff" + askAdmin, http.StatusBadRequest},
		"invalid UTF-8":                      {with("stuck", "st\xffck"), http.StatusBadRequest},
		"invalid UTF-8 in a name":            {with("reason", "rea\xc0\xaeson"), http.StatusBadRequest},
		"half a surrogate pair":              {with("stuck", `\ud800`), http.StatusBadRequest},
		"control character":                  {with("stuck", "st\x01ck"), http.StatusBadRequest},
		"escaped NUL":                        {with("stuck", `st\u0000ck`), http.StatusBadRequest},
		"escaped new line":                   {with("stuck", `stuck\nand approved`), http.StatusBadRequest},
		"C1 control character":               {with("stuck", `st\u0085ck`), http.StatusBadRequest},
		"text that turns direction":          {with("stuck", `\u202estuck`), http.StatusBadRequest},
		"invisible character":                {with("stuck", `st\u200bck`), http.StatusBadRequest},
		"unknown field":                      {with(more, more+`, "urgent": true`), http.StatusBadRequest},
		"unknown nested field":               {with(`"kind"`, `"known": true, "kind"`), http.StatusBadRequest},
		"identity in the body":               {with(more, more+`, "requester": "person:https://id.example.com|0002"`), http.StatusBadRequest},
		"idempotency key in the body":        {with(more, more+`, "idempotency_key": "k"`), http.StatusBadRequest},
		"duplicate key":                      {with(more, more+`, "principal": "`+backup+`"`), http.StatusBadRequest},
		"duplicate nested key":               {with(`"kind": "change"`, `"kind": "change", "kind": "incident"`), http.StatusBadRequest},
		"duplicate parameter":                {with(`"account": "111122223333"`, `"account": "1", "account": "111122223333"`), http.StatusBadRequest},
		"duplicate key, escaped":             {with(more, more+`, "\u0072eason": "another"`), http.StatusBadRequest},
		"key in another case":                {with(`"reason"`, `"Reason"`), http.StatusBadRequest},
		"duplicate in another case":          {with(more, more+`, "REASON": "another"`), http.StatusBadRequest},
		"nested duplicate in another case":   {with(`"kind": "change"`, `"kind": "change", "Kind": "incident"`), http.StatusBadRequest},
		"parameter in another case":          {with(`"account"`, `"Account": "1", "account"`), http.StatusBadRequest},
		"duplicate with a folding letter":    {with(more, more+`, "rea`+"\u017f"+`on": "another"`), http.StatusBadRequest},
		"empty key":                          {with(more, more+`, "": 1`), http.StatusBadRequest},
		"null member":                        {with(more, more+`, "session": null`), http.StatusBadRequest},
		"null parameters":                    {with(`{"account": "111122223333"}`, "null"), http.StatusBadRequest},
		"number for a text":                  {with(`"admin-30m"`, "30"), http.StatusBadRequest},
		"text for a number":                  {with("1800", `"1800"`), http.StatusBadRequest},
		"text for an object":                 {with(`{"kind": "change", "id": "CHG-1042"}`, `"change/CHG-1042"`), http.StatusBadRequest},
		"array for an object":                {with(`{"account": "111122223333"}`, "[]"), http.StatusBadRequest},
		"number for a parameter":             {with(`"111122223333"}`, "111122223333}"), http.StatusBadRequest},
		"NaN":                                {with("1800", "NaN"), http.StatusBadRequest},
		"infinity":                           {with("1800", "1e999"), http.StatusBadRequest},
		"fraction":                           {with("1800", "1800.5"), http.StatusBadRequest},
		"exponent":                           {with("1800", "18e2"), http.StatusBadRequest},
		"leading zero":                       {with("1800", "01800"), http.StatusBadRequest},
		"hexadecimal":                        {with("1800", "0x708"), http.StatusBadRequest},
		"no duration":                        {with(`, `+more, ""), http.StatusBadRequest},
		"zero duration":                      {with("1800", "0"), http.StatusBadRequest},
		"negative duration":                  {with("1800", "-1800"), http.StatusBadRequest},
		"duration that overflows in seconds": {with("1800", "9223372036"), http.StatusBadRequest},
		"duration that overflows":            {with("1800", "9223372036854775808"), http.StatusBadRequest},
		"too deep":                           {with(`"111122223333"}`, strings.Repeat("[", 9)+strings.Repeat("]", 9)+"}"), http.StatusBadRequest},
		"very deep":                          {`{"parameters":` + strings.Repeat("[", 16000) + "}", http.StatusBadRequest},
		"start with an offset":               {with(more, more+`, "start_at": "2026-10-05T12:00:00+02:00"`), http.StatusBadRequest},
		"start with a fraction":              {with(more, more+`, "start_at": "2026-10-05T12:00:00.5Z"`), http.StatusBadRequest},
		"start that is no time":              {with(more, more+`, "start_at": "tomorrow"`), http.StatusBadRequest},
		"start on no day":                    {with(more, more+`, "start_at": "2026-02-30T12:00:00Z"`), http.StatusBadRequest},
		"start that is the zero time":        {with(more, more+`, "start_at": "0001-01-01T00:00:00Z"`), http.StatusBadRequest},
		"start that is empty":                {with(more, more+`, "start_at": ""`), http.StatusBadRequest},
		"start that has passed":              {with(more, more+`, "start_at": "2026-10-05T08:59:59Z"`), http.StatusBadRequest},
		"latest end before the start":        {with(more, more+`, "latest_end": "2026-10-05T09:00:00Z"`), http.StatusBadRequest},
		"parameter with a wildcard":          {with(`"111122223333"}`, `"*"}`), http.StatusBadRequest},
		"parameter with a variable":          {with(`"111122223333"}`, `"${aws:username}"}`), http.StatusBadRequest},
		"unknown parameter":                  {with(`"account"`, `"region": "eu-west-1", "account"`), http.StatusBadRequest},
		"missing parameter":                  {with(`"account": "111122223333"`, ""), http.StatusBadRequest},
		"look-alike entitlement":             {with("admin-30m", "\u0430dmin-30m"), http.StatusBadRequest},
		"over 16 KiB":                        {strings.TrimSuffix(askAdmin, "}") + strings.Repeat(" ", maxBody) + "}", http.StatusRequestEntityTooLarge},
		"over 16 KiB of nothing":             {strings.Repeat(" ", maxBody+1), http.StatusRequestEntityTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			before := w.stored()
			w.call("ana", "POST", "/v1/elevations", test.body).want(t, test.status)
			if after := w.stored(); after != before {
				t.Errorf("%d rows were stored", after-before)
			}
			w.wantQuietLog(1)
		})
	}
}

// TestNotUnderstoodElsewhere has other routes.
func TestNotUnderstoodElsewhere(t *testing.T) {
	const digits = "a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986"
	tests := map[string]struct {
		verb, body string
		status     int
		headers    []string
	}{
		"decision of another word":     {"decisions", decides("Approve", digits), 400, nil},
		"decision without a digest":    {"decisions", `{"decision": "approve"}`, 400, nil},
		"digest in upper case":         {"decisions", decides("approve", strings.ToUpper(digits)), 400, nil},
		"digest that is too short":     {"decisions", decides("approve", digits[1:]), 400, nil},
		"decision as somebody else":    {"decisions", strings.Replace(decides("approve", digits), "{", `{"by": "ben",`, 1), 400, nil},
		"two decisions":                {"decisions", strings.Replace(decides("approve", digits), "{", `{"decision": "deny",`, 1), 400, nil},
		"decision without a body":      {"decisions", "", 415, nil},
		"end with a body":              {"end", `{"cause": "deadline"}`, 400, nil},
		"end with an array":            {"end", `[]`, 400, nil},
		"end with a form":              {"end", `x=1`, 415, []string{"Content-Type: text/plain"}},
		"end in another character set": {"end", `{}`, 415, []string{"Content-Type: application/json; charset=utf-16"}},
		"heartbeat over 16 KiB":        {"heartbeat", strings.Repeat(" ", maxBody+1), 413, nil},
		"review without a note":        {"review", `{}`, 400, nil},
		"review with a null note":      {"review", `{"note": null}`, 400, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id, _ := w.asked("ana", askAdmin)
			before := w.stored()
			w.call("ben", "POST", "/v1/elevations/"+id+"/"+test.verb, test.body, test.headers...).want(t, test.status)
			if after := w.stored(); after != before {
				t.Errorf("%d rows were stored", after-before)
			}
			w.wantQuietLog(1)
		})
	}
}

// stored is how many rows there are.
func (w *world) stored() int {
	return len(w.store.All(record.AccessTable)) + len(w.store.All(record.AuditTable))
}

// wantQuietLog: at most so many lines were logged here, and no word of what tests send.
func (w *world) wantQuietLog(most int) {
	w.t.Helper()
	text := w.log.String()
	if n := strings.Count(text, "\n"); n > most {
		w.t.Errorf("%d lines were logged, want at most %d:\n%s", n, most, text)
	}
	for _, word := range []string{"stuck", "CHG-1042", "urgent", "engineer-deploy", "111122223333"} {
		if strings.Contains(text, word) {
			w.t.Errorf("%q was logged:\n%s", word, text)
		}
	}
}
