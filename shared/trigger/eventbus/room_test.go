package eventbus_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trigger"
)

// untilRoom is a job that starts on a role that others filled; happens is what happens before each try of its start.
func untilRoom(t *testing.T, happens func(f *floor, try int)) (tries int, last string, denied int) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor(t, 1)
		defer f.Close()
		others := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + strings.Repeat("x", 9500) + `"}]}`
		if err := f.iam.PutRolePolicyByHand(role("0"), "others", others); err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			arn := fmt.Sprintf("arn:aws:iam::%s:policy/others-%d", account, n)
			if err := f.iam.CreatePolicyByHand(arn, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`); err != nil {
				t.Fatal(err)
			}
			if f.iam.AttachByHand(role("0"), arn) != nil {
				break
			}
		}
		started := job(t, running, 0, 0, time.Now())
		for try := range 10 { // the queue's tries, and how long it hides a message after each
			happens(f, try)
			out, err := f.reader.Take(t.Context(), started)
			tries++
			es, _, failed := access.Lives(f.Store.All(record.AccessTable))
			if failed != nil || len(out) != 1 {
				t.Fatalf("%+v, %v", out, failed)
			}
			if last = string(out[0].Started) + out[0].Why; err == nil {
				denied = len(es)
				return
			}
			if fault.KindOf(err) != fault.Transient || !strings.Contains(err.Error(), "does not fit on") || len(es) > 0 {
				t.Fatalf("try %d: %v, and %d elevations; want no room yet, and no elevation", try, err, len(es))
			}
			time.Sleep(90 * time.Second)
		}
	})
	return tries, last, denied
}

// 100 tasks had a grant each. The start of the next found no room, was refused, and never tried again.
func TestJobThatFoundNoRoomIsTriedAgainWhenThereIsRoom(t *testing.T) {
	tries, last, _ := untilRoom(t, func(f *floor, try int) {
		if try == 3 {
			if err := f.iam.DeleteRolePolicyByHand(role("0"), "others"); err != nil {
				t.Error(err)
			}
		}
	})
	if tries != 4 || last != string(trigger.Began) {
		t.Errorf("%d tries, and it %s; want it to begin at the fourth", tries, last)
	}
}

func TestJobThatNeverFoundRoomIsRefusedOnceWithEvidence(t *testing.T) {
	tries, last, denied := untilRoom(t, func(*floor, int) {})
	if tries != 9 || !strings.Contains(last, "curfew.room") || denied != 1 {
		t.Errorf("%d tries, %s, and %d elevations; want 9, and one that is refused", tries, last, denied)
	}
}

func TestJobThatEndedIsNotTriedAgain(t *testing.T) {
	tries, last, denied := untilRoom(t, func(f *floor, try int) {
		if try == 2 {
			if _, err := f.reader.Take(t.Context(), job(t, completed, 0, 0, time.Now())); err != nil {
				t.Error(err)
			}
		}
	})
	if tries != 3 || last != string(trigger.TooLate) || denied != 0 {
		t.Errorf("%d tries, %s, and %d elevations; want it too late at the third", tries, last, denied)
	}
}
