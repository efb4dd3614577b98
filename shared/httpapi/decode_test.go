package httpapi

import "testing"

func TestARefusalSaysWhere(t *testing.T) {
	for body, want := range map[string]string{
		`{"principal": {"account": "1", "account": "2"}}`: `principal.account: the same name twice, at byte 31`,
		`{"reason": "r", "Reason": "s"}`:                  `Reason: unknown field: names are of lower-case letters, digits, - and _, at byte 16`,
		`{"reason": "stuck\u0000"}`:                       `reason: character U+0000 is not allowed, at byte 11`,
		`{"reason": "stuck\ud800"}`:                       `reason: half of a surrogate pair is not text, at byte 17`,
		`{"reason": "stuck�"}`:                            `reason: character U+FFFD is not allowed, at byte 11`,
		`{"reason": null}`:                                `reason: null: leave it out, at byte 11`,
		`{"reason": 1}`:                                   `reason: a number does not belong there, at byte 12`,
		`{"a": {"b": {"c": {"d": 1}}}}`:                   `the body: unknown field "a"`,
		`{"a": {"b": {"c": {"d": []}}}}`:                  `a.b.c.d: objects and lists nested deeper than 4, at byte 24`,
		`{"urgent": true}`:                                `the body: unknown field "urgent"`,
		`{} {}`:                                           `the body: something follows the value, at byte 3`,
		`null`:                                            `the body: want an object, at byte 0`,
		`{"reason"`:                                       `reason: unexpected end, want a colon, at byte 9`,
	} {
		var v struct {
			Reason string `json:"reason"`
		}
		err := unmarshal([]byte(body), &v)
		r, ok := err.(*refusal)
		if !ok || r.kind != invalid || r.detail != want {
			t.Errorf("%s: %#v, want %q", body, err, want)
		}
	}
}
