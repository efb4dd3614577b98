package eventbus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"curfew/shared/strictjson"
)

// placeholder is the path that the value of a trigger's parameter takes from the event, as "{detail.name}".
func placeholder(value string) (path string, ok bool) {
	path, ok = strings.CutPrefix(value, "{")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(path, "}")
}

// rules are what an event may be as JSON: as in package events, which has read it before and set the bounds.
var rules = strictjson.Rules{LoneSurrogates: true, Names: strictjson.Repeated}

// textAt gives the text that stands at a path of an event, as "detail.iamRoleArn", or the first of a list of texts
// there, as in "resources". An object on the way that has a name twice is refused, as in package events: each reader would
// choose for itself which of the two counts. So is the empty text. The error names the path and nothing of the event.
func textAt(event []byte, path string) (string, error) {
	at := json.RawMessage(event)
	for name := range strings.SplitSeq(path, ".") {
		members, err := strictjson.Members(at, rules)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, onTheWay(err))
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
	errNoObject = errors.New("want an object on the way")
	errTwice    = errors.New("an object on the way has a name twice")
)

// onTheWay leaves out of an error what the event says.
func onTheWay(err error) error {
	if e, ok := errors.AsType[*strictjson.Error](err); ok && e.Reason == strictjson.Duplicate {
		return errTwice
	}
	return errNoObject
}
