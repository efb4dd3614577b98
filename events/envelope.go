package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type envelope struct {
	id, source, detailType, account, region string

	at     time.Time
	fields object // the envelope's own, and detail
}

var (
	word    = fault.Pattern(`^[A-Za-z0-9_.:/@+=#-]{1,200}$`)
	account = fault.Pattern(`^[0-9]{12}$`)
	region  = fault.Pattern(`^[a-z0-9-]{1,32}$`)
)

// isARN uses no regular expression: a count of 1000 takes a megabyte at each cold start.
func isARN(s string) bool {
	rest, ok := strings.CutPrefix(s, "arn:")
	return ok && len(rest) <= 1000 && strings.TrimSpace(rest) == rest && rest != "" &&
		!strings.ContainsFunc(rest, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isRole: IAM names are ASCII without spaces.
func isRole(s string) bool {
	return isARN(s) && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func openEnvelope(raw []byte) (envelope, error) {
	fields, err := members(raw)
	if err != nil {
		return envelope{}, &ShapeError{Why: err.Error()}
	}
	e := envelope{fields: fields}
	return e, e.head()
}

func (e *envelope) head() (err error) {
	if e.source, err = e.requiredText("source", word); err != nil {
		return err
	}
	if e.detailType, err = e.requiredText("detail-type", nil); err != nil {
		return err
	}
	if e.id, err = e.requiredText("id", word); err != nil {
		return err
	}
	if e.account, err = e.requiredText("account", account); err != nil {
		return err
	}
	if e.region, err = e.requiredText("region", region); err != nil {
		return err
	}
	if e.at, err = e.instant("time"); err != nil {
		return err
	}
	if e.at.IsZero() {
		return e.wrong("time", "missing")
	}
	if _, ok := e.fields["detail"]; !ok {
		return e.wrong("detail", "missing")
	}
	if _, err := members(e.fields["detail"]); err != nil {
		return e.wrong("detail", err.Error())
	}
	return nil
}

func (e *envelope) wrong(field, why string) error {
	return &ShapeError{Source: shorten(e.source), DetailType: shorten(e.detailType), Field: field, Why: why}
}

func (e *envelope) requiredText(path string, form func() *regexp.Regexp) (string, error) {
	s, err := e.text(path)
	switch {
	case err != nil:
		return "", err
	case s == "":
		return "", e.wrong(path, "missing")
	case form != nil && !form().MatchString(s):
		return "", e.wrong(path, fmt.Sprintf("%q is not of the form %s", shorten(s), form()))
	}
	return s, nil
}

func (e *envelope) text(path string) (string, error) {
	raw, err := e.lookup(path)
	if err != nil || raw == nil {
		return "", err
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", e.wrong(path, "want a string, got "+shorten(string(raw)))
	}
	return s, nil
}

func (e *envelope) firstOf(path string) (string, error) {
	raw, err := e.lookup(path)
	if err != nil || len(raw) == 0 || raw[0] != '[' {
		return e.text(path)
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return "", e.wrong(path, "want a list of strings, got "+shorten(string(raw)))
	}
	if len(list) == 0 {
		return "", nil
	}
	return list[0], nil
}

func (e *envelope) lookup(path string) (json.RawMessage, error) {
	at, names := e.fields, strings.Split(path, ".")
	for i, name := range names {
		raw, ok := at[name]
		if !ok || string(raw) == "null" {
			return nil, nil
		}
		if i == len(names)-1 {
			return raw, nil
		}
		var err error
		if at, err = members(raw); err != nil {
			return nil, e.wrong(strings.Join(names[:i+1], "."), err.Error())
		}
	}
	return nil, nil
}

// layouts: most times; alarms (no colon in the offset); Backup's expectedCompletionDate (UTC).
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "Jan 2, 2006 3:04:05 PM"}

// A number outside is not in milliseconds.
const firstYear, lastYear = 2000, 2999

// instant returns whole seconds, zero if absent. A number is milliseconds since 1970.
func (e *envelope) instant(path string) (time.Time, error) {
	raw, err := e.lookup(path)
	if err != nil || raw == nil {
		return time.Time{}, err
	}
	t, ok := parseInstant(raw)
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, e.wrong(path, "want an instant, got "+shorten(string(raw)))
	}
	return t.Truncate(time.Second), nil
}

func parseInstant(raw json.RawMessage) (time.Time, bool) {
	if ms, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), true
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// object keeps names as written. Package json ignores case and lets the last duplicate win: a rule's pattern could
// see another event.
type object map[string]json.RawMessage

// rules accept duplicate names; [members] refuses them. Elsewhere they must not hide an end.
var rules = strictjson.Rules{MaxBytes: MaxSize, LoneSurrogates: true}

func members(raw json.RawMessage) (object, error) {
	all, err := strictjson.Members(raw, rules)
	if e, ok := errors.AsType[*strictjson.Error](err); ok && e.Reason == strictjson.NotObject {
		return nil, fmt.Errorf("want an object, got %s", shorten(string(raw)))
	}
	return all, err
}

func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
