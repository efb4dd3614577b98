package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
)

func TestStoreInProcess(t *testing.T) {
	accesstest.StoreContract(t, func(t *testing.T) accesstest.StoreUnderTest {
		return openStore(t, inprocess.StoreSettings{})
	})
}

func TestStoreInProcessWithLaggingIndexes(t *testing.T) {
	lag := 10 * time.Millisecond
	accesstest.StoreContract(t, func(t *testing.T) accesstest.StoreUnderTest {
		u := openStore(t, inprocess.StoreSettings{IndexLag: lag})
		u.Lag = time.Second
		return u
	})
}

func openStore(t *testing.T, s inprocess.StoreSettings) accesstest.StoreUnderTest {
	store := inprocess.NewStore(s)
	t.Cleanup(store.Close)
	return accesstest.StoreUnderTest{Store: store}
}
