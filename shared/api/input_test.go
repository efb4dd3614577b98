package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/fault"
)

func TestARefusalSaysWhere(t *testing.T) {
	for body, want := range map[string]string{
		`{"principal": {"account": "1", "account": "2"}}`: `principal.account: the same name twice, at byte 31`,
		`{"reason": "r", "Reason": "s"}`:                  `Reason: unknown field: names are of lower-case letters, digits, - and _, at byte 16`,
		`{"reason": "stuck\u0000"}`:                       `reason: character U+0000 is not allowed, at byte 11`,
		`{"reason": "stuck\ud800"}`:                       `reason: half of a surrogate pair is not text, at byte 17`,
		`{"reason": "stuck�"}`:                            `reason: character U+FFFD is not allowed, at byte 11`,
		`{"reason": null}`:                                `reason: null: leave it out, at byte 11`,
		`{"reason": 1}`:                                   `reason: want a text`,
		`{"reason": "r", "a": {"b": {"c": {"d": 1}}}}`:    `a: unknown field`,
		`{"a": {"b": {"c": {"d": []}}}}`:                  `a.b.c.d: objects and lists nested deeper than 4, at byte 24`,
		`{"urgent": true}`:                                `urgent: unknown field; reason: required`,
		`{"reason": "r", "everything": false}`:            `everything: want true, or leave it out`,
		`{"reason": "r", "principal": ""}`:                `principal: empty: leave it out`,
		`{} {}`:                                           `something follows the value, at byte 3`,
		`null`:                                            `want an object, at byte 0`,
		`{"reason"`:                                       `reason: unexpected end, want a colon, at byte 9`,
	} {
		var v Lift
		err := read([]byte(body), &v, time.Time{})
		if _, ok := errors.AsType[*InputError](err); !ok || fault.KindOf(err) != fault.Invalid || err.Error() != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// TestAllMistakesOfARequestAreSaidAtOnce: who repairs one mistake does not meet the next one only then.
func TestAllMistakesOfARequestAreSaidAtOnce(t *testing.T) {
	var n NewElevation
	err := read([]byte(`{"entitlement": 1, "principal": "p", "task": {"kind": true, "known": true}, "duration_seconds": "60", "urgent": true, "start_at": "2026-10-05", "session": ""}`), &n, time.Time{})
	var got []string
	for _, m := range ProblemOf(err).Mistakes {
		got = append(got, m.Field)
	}
	want := []string{"entitlement", "task.kind", "task.known", "task.id", "duration_seconds", "urgent", "start_at", "session", "reason", "principal"}
	if !slices.Equal(got, want) {
		t.Errorf("mistakes in %v, want %v", got, want)
	}
}

func TestMistakesAreBounded(t *testing.T) {
	var members []string
	for i := range 500 {
		members = append(members, fmt.Sprintf(`"a%d": 1`, i))
	}
	var n NewElevation
	err := read([]byte("{"+strings.Join(members, ",")+"}"), &n, time.Time{})
	if got := len(ProblemOf(err).Mistakes); got != mostMistakes {
		t.Errorf("%d mistakes, want %d", got, mostMistakes)
	}
}
