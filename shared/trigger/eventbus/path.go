package eventbus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"curfew/shared/strictjson"
)

// parsePlaceholder parses "{detail.name}".
func parsePlaceholder(value string) (path string, ok bool) {
	path, ok = strings.CutPrefix(value, "{")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(path, "}")
}

// The rules of package events, which has read the event.
var rules = strictjson.Rules{LoneSurrogates: true, Names: strictjson.Repeated}

// textAt returns the text at a path, as "detail.iamRoleArn", or the first of a list, as "resources". It refuses
// duplicate names (readers differ) and empty text. Errors do not quote the event.
func textAt(event []byte, path string) (string, error) {
	at := json.RawMessage(event)
	for name := range strings.SplitSeq(path, ".") {
		members, err := strictjson.Members(at, rules)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, redactPathError(err))
		}
		var ok bool
		if at, ok = members[name]; !ok {
			return "", fmt.Errorf("%s: missing", path)
		}
	}
	v, err := strictjson.Parse(string(at), rules)
	if err == nil && v.Kind == strictjson.List && len(v.Items) > 0 {
		v = &v.Items[0]
	}
	if err != nil || v.Kind != strictjson.String || v.Text == "" {
		return "", fmt.Errorf("%s: want a text", path)
	}
	return v.Text, nil
}

var (
	errNoObject = errors.New("want an object on the path")
	errTwice    = errors.New("an object on the path has a name twice")
)

// redactPathError removes the event's text.
func redactPathError(err error) error {
	if e, ok := errors.AsType[*strictjson.Error](err); ok && e.Reason == strictjson.Duplicate {
		return errTwice
	}
	return errNoObject
}
