package log_test

import (
	"testing"

	"curfew/shared/evidence/log"
	"curfew/shared/evidence/log/logtest"
)

func TestAFolderIsObjects(t *testing.T) {
	logtest.Objects(t, func(t *testing.T) log.Objects { return &log.Folder{Path: t.TempDir()} })
}
