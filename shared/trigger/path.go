package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// placeholder is the path that the value of a trigger's parameter takes from the event, as "{detail.name}".
func placeholder(value string) (path string, ok bool) {
	path, ok = strings.CutPrefix(value, "{")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(path, "}")
}

// textAt gives the text that stands at a path of an event, as "detail.iamRoleArn", or the first of a list of texts
// there, as in "resources". An object on the way that has a name twice is refused: which of the two counts would be for each
// reader to choose. So is the empty text. The error names the path and nothing of the event.
func textAt(event []byte, path string) (string, error) {
	at := json.RawMessage(event)
	for name := range strings.SplitSeq(path, ".") {
		var err error
		if at, err = member(at, name); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(at) > 0 && at[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(at, &list); err != nil || len(list) == 0 {
			return "", fmt.Errorf("%s: want a text", path)
		}
		at = list[0]
	}
	var text string
	if err := json.Unmarshal(at, &text); err != nil || text == "" {
		return "", fmt.Errorf("%s: want a text", path)
	}
	return text, nil
}

var (
	errNoObject = errors.New("want an object on the way")
	errMissing  = errors.New("missing")
	errTwice    = errors.New("an object on the way has it twice")
)

// member gives one member of an object. Package json alone would fold the case of names, and take the last of two.
func member(object json.RawMessage, name string) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errNoObject
	}
	var found json.RawMessage
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, errNoObject
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errNoObject
		}
		if key != name {
			continue
		}
		if found != nil {
			return nil, errTwice
		}
		found = value
	}
	if found == nil {
		return nil, errMissing
	}
	return found, nil
}
