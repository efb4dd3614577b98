package evidence

import (
	"errors"
	"fmt"

	"curfew/shared/strictjson"
)

// checkCanonical makes no copy, unlike [Canonical].
func checkCanonical(text string, s strictjson.Scanner) error {
	var c formChecker
	if err := c.value(&s); err != nil {
		return err
	}
	if c.size != len(text) { // the rest is white space
		return errForm
	}
	return nil
}

var errForm = errors.New("it is not in canonical form (RFC 8785)")

// formChecker does not count white space.
type formChecker struct{ size int }

func (c *formChecker) value(s *strictjson.Scanner) error {
	switch s.Next() {
	case strictjson.Object:
		return c.object(s)
	case strictjson.List:
		c.size += len("[]")
		first := true
		for s.Enter(); !s.Closed(); first = false {
			if !first {
				c.size++
			}
			if err := c.value(s); err != nil {
				return err
			}
		}
		return nil
	case strictjson.String:
		return c.text(s.Raw())
	case strictjson.Number:
		return c.number(s.Scalar())
	}
	c.size += len(s.Scalar())
	return nil
}

func (c *formChecker) object(s *strictjson.Scanner) error {
	c.size += len("{}")
	before := ""
	for s.Enter(); !s.Closed(); {
		name := s.Raw()
		if err := c.text(name); err != nil {
			return err
		}
		if before != "" {
			c.size++
			switch order := compareNames([]byte(before), []byte(name)); {
			case order == 0:
				return givenTwice(name)
			case order > 0:
				return errForm
			}
		}
		before = name
		c.size++
		if err := c.value(s); err != nil {
			return err
		}
	}
	return nil
}

func givenTwice(name string) error {
	return fmt.Errorf("the name %.40s is given twice in one object", name)
}

func (c *formChecker) text(quoted string) error {
	c.size += len(quoted)
	if !isTerse(quoted) && string(canonicalString(nil, quoted)) != quoted {
		return errForm
	}
	return nil
}

func (c *formChecker) number(text string) error {
	c.size += len(text)
	if isCounter(text) {
		return nil
	}
	var room [32]byte
	out, err := canonicalNumber(room[:0], text)
	if err == nil && string(out) != text {
		err = errForm
	}
	return err
}
