package signin

import (
	"errors"
	"maps"
	"time"
)

// most bounds each shelf: a rehearsal has one user.
const most = 1000

var errFull = errors.New("too many sign-ins are open: try again later")

// shelf keeps values under secret names until their time is over.
type shelf[T any] map[string]kept[T]

type kept[T any] struct {
	value T
	until time.Time
}

// put drops what is over. It fails if the shelf is full.
func (s shelf[T]) put(name string, v T, now, until time.Time) error {
	maps.DeleteFunc(s, func(_ string, k kept[T]) bool { return !now.Before(k.until) })
	if len(s) >= most {
		return errFull
	}
	s[name] = kept[T]{v, until}
	return nil
}

// get returns false for a name that is unknown or over.
func (s shelf[T]) get(name string, now time.Time) (T, bool) {
	k, ok := s[name]
	if !ok || !now.Before(k.until) {
		var none T
		return none, false
	}
	return k.value, true
}
