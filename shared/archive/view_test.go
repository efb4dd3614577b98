package archive_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
)

// view fails, or hangs until its time is over.
type view struct {
	hangs        bool
	adds, passes int
	size         int64
}

func (v *view) Add(ctx context.Context, g log.Growth) error {
	v.adds++
	v.size = g.To.N
	if v.hangs {
		<-ctx.Done()
	}
	return errors.New("no rows today")
}

func (v *view) Pass(_ context.Context, tree tlog.Tree) error {
	v.passes++
	v.size = tree.N
	return errors.New("no rows today")
}

// TestRowsThatCannotBeWrittenDoNotHoldUpTheLog: after a failure the view is left alone for a minute, and a failed pass counts.
func TestRowsThatCannotBeWrittenDoNotHoldUpTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s, v, told := w.service(), &view{hangs: true}, 0
		s.View, s.Undone = v, func(context.Context, error) { told++ }
		began := time.Now()
		for range 5 {
			w.append("elevation#1", 1)
			w.take(s)
		}
		if took := time.Since(began); v.adds != 1 || told != 0 || took > 5*time.Second {
			t.Errorf("%d calls, told %d times, in %s", v.adds, told, took)
		}
		time.Sleep(time.Minute)
		w.append("elevation#1", 1)
		w.take(s)
		if all := w.checkAll(); v.adds != 2 || v.size != int64(len(all)) {
			t.Errorf("%d calls, the last of %d of %d entries", v.adds, v.size, len(all))
		}
		if _, err := s.Pass(t.Context()); err != nil || v.passes != 1 || told != 1 {
			t.Errorf("%d passes, told %d times, %v", v.passes, told, err)
		}
	})
}
