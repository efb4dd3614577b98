package events

import (
	"errors"
	"testing"
	"time"

	"curfew/shared/task"
)

func FuzzRead(f *testing.F) {
	for _, name := range Examples() {
		f.Add(example(f, name))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Read(raw)
		again, errAgain := Read(raw)
		if s != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("read twice: %+v, %v and %+v, %v", s, err, again, errAgain)
		}
		if shape, ok := errors.AsType[*ShapeError](err); ok {
			if shape.Why == "" || shape.Error() == "" {
				t.Error("an error without a reason")
			}
			return
		}
		if !account().MatchString(s.Account) || !word().MatchString(s.ID) || s.At.Location() != time.UTC || s.At.Nanosecond() != 0 {
			t.Errorf("signal %+v: want an account, an id, whole seconds in UTC", s)
		}
		if errors.Is(err, ErrNotATask) {
			if s.Task != (task.Task{}) || s.State != Other {
				t.Errorf("no task, and yet %+v", s)
			}
			return
		}
		if err != nil {
			t.Fatalf("an error of a third kind: %v", err)
		}
		if s.Task.Check() != nil || s.Task.Known {
			t.Errorf("task %+v cannot be asked for", s.Task)
		}
	})
}
