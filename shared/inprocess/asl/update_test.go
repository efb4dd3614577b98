package asl_test

import (
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
)

// An execution keeps its definition, after a redrive too.
func TestUpdateIsForWhatIsStartedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := asl.NewEngine(machine(t, openTask("Before")), asl.Config{})
		defer e.Close()
		early := start(t, e, "early")
		e.Update(machine(t, openTask("After")))
		late := start(t, e, "late")
		if err := e.Stop(early, "by", "hand"); err != nil {
			t.Fatal(err)
		}
		if err := e.Redrive(early); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for arn, want := range map[string]string{early: "Before", late: "After"} {
			x, err := e.Describe(arn)
			if err != nil || x.Status != asl.Succeeded || x.Path[0] != want {
				t.Errorf("%s went through %v, %s, %v, want %s", x.Name, x.Path, x.Status, err, want)
			}
		}
	})
}

func openTask(state string) string {
	return `{"StartAt":"` + state + `","States":{"` + state + `":{"Type":"Wait","Seconds":60,"End":true}}}`
}

func start(t *testing.T, e *asl.Engine, name string) string {
	t.Helper()
	arn, err := e.Start(name, "{}")
	if err != nil {
		t.Fatal(err)
	}
	return arn
}
