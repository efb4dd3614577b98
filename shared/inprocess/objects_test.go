package inprocess_test

import (
	"testing"

	"curfew/shared/evidence/log"
	"curfew/shared/evidence/log/logtest"
	"curfew/shared/inprocess"
)

func TestObjectsInMemoryAreObjects(t *testing.T) {
	logtest.Objects(t, func(*testing.T) log.Objects { return &inprocess.Objects{} })
}
