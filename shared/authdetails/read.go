package authdetails

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"curfew/shared/strictjson"
)

// The bounds of an input, in bytes, and of the lists nested in lists around the answers.
const (
	maxInput  = 4 << 30
	maxEntity = 16 << 20 // 5 versions, 25 attachments and all inline policies have less than 1 MB
	maxNested = 4
)

// Read reads answers: after each other or in lists, any number of pages and accounts. It calls progress, unless it is nil, with the number
// of principals read so far.
//
// The error is about the form of the input; what is wrong with one policy is in Details.Problems.
func Read(r io.Reader, progress func(principals int)) (*Details, error) {
	in := &guard{from: r, total: maxInput, left: maxEntity}
	d := &reader{guard: in, json: json.NewDecoder(in), to: Collector{Progress: progress}}
	for {
		token, err := d.json.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = d.value(token, 0)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("the answer of get-account-authorization-details ends in the middle, after byte %d: it was cut off, as by a full disk or an interrupted download; write it again, and give all of it", d.json.InputOffset())
		}
		if err != nil {
			return nil, fmt.Errorf("no answer of get-account-authorization-details: byte %d: %w", d.json.InputOffset(), err)
		}
	}
	if !d.found {
		return nil, errors.New("no answer of get-account-authorization-details: it has no list of roles, users, groups or policies")
	}
	return d.to.Details(), nil
}

type reader struct {
	*guard
	json  *json.Decoder
	to    Collector
	found bool // a list of an answer
}

func (d *reader) value(token json.Token, depth int) error {
	switch {
	case token == json.Delim('{'):
		return d.answer()
	case token == json.Delim('[') && depth < maxNested:
		for d.json.More() {
			token, err := d.json.Token()
			if err != nil {
				return err
			}
			if err := d.value(token, depth+1); err != nil {
				return err
			}
		}
		_, err := d.json.Token()
		return err
	}
	return fmt.Errorf("%v where an answer should begin", token)
}

func (d *reader) answer() error {
	for d.json.More() {
		name, err := d.json.Token()
		if err != nil {
			return err
		}
		switch name {
		case "RoleDetailList":
			err = each(d, d.to.role)
		case "UserDetailList":
			err = each(d, d.to.user)
		case "GroupDetailList":
			err = each(d, d.to.group)
		case "Policies":
			err = each(d, d.to.policy)
		default:
			_, err = d.raw()
		}
		if err != nil {
			return fmt.Errorf("%v: %w", name, err)
		}
	}
	_, err := d.json.Token()
	return err
}

// each reads a list, one element at a time. A list that is null is empty.
func each[T any](d *reader, take func(T)) error {
	token, err := d.json.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("%v where a list should begin", token)
	}
	d.found = true
	for d.json.More() {
		text, err := d.raw()
		if err != nil {
			return err
		}
		var one T
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		take(one)
	}
	_, err = d.json.Token()
	return err
}

func (d *reader) raw() (json.RawMessage, error) {
	var text json.RawMessage
	err := d.json.Decode(&text)
	if err == nil {
		err = strictjson.CheckDepth(string(text))
	}
	d.left = maxEntity
	return text, err
}

// guard refuses long values: a decoder keeps them in memory.
type guard struct {
	from        io.Reader
	total, left int64
}

// Read implements [io.Reader].
func (g *guard) Read(b []byte) (int, error) {
	switch {
	case g.total <= 0:
		return 0, fmt.Errorf("more than %d bytes", int64(maxInput))
	case g.left <= 0:
		return 0, fmt.Errorf("one value has more than %d bytes", maxEntity)
	}
	n, err := g.from.Read(b[:min(int64(len(b)), g.total, g.left)])
	g.total -= int64(n)
	g.left -= int64(n)
	return n, err
}
