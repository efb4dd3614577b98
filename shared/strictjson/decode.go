package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Decode fills the Go value that v points to, as encoding/json does. encoding/json ignores the case of names, so Decode
// treats Unique as UniqueFolded. The error is an [*Error].
func Decode(text []byte, r Rules, v any) error {
	if r.Names == Unique {
		r.Names = UniqueFolded
	}
	if err := Check(string(text), r); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if !r.KeepUnknown {
		d.DisallowUnknownFields()
	}
	err := d.Decode(v)
	if err == nil {
		return nil
	}
	fault := &Error{Reason: Mismatch, Offset: -1, Why: strings.TrimPrefix(err.Error(), "json: "), Err: err}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		fault.Offset, fault.Path, fault.Why = int(wrong.Offset), wrong.Field, "a "+kind+" does not belong there"
	} else if strings.HasPrefix(fault.Why, "unknown field ") {
		fault.Reason = Unknown
	}
	return fault
}

// Members returns the members of an object, each value as written. It refuses duplicate names only in this object, not
// in nested ones. The error is an [*Error].
func Members(text []byte, r Rules) (map[string]json.RawMessage, error) {
	r.Object, r.Names = true, Repeated
	s, err := Scan(string(text), r)
	if err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	s.Next()
	for s.Enter(); !s.Closed(); {
		from := s.at
		name := s.Scalar()
		if _, twice := all[name]; twice {
			return nil, &Error{Reason: Duplicate, Offset: from, Path: formatName(false, name), Why: "the same name twice"}
		}
		start := s.Offset()
		s.Skip()
		all[name] = json.RawMessage(text[start:s.at:s.at])
	}
	return all, nil
}
