package dynamo

import (
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/onaws/emulated"
)

// Store is held against its contract over the wire.
func TestStoreOnDynamoDB(t *testing.T) {
	cfg := emulated.Config(t, "DYNAMODB")
	tables := emulated.Tables(t, cfg)
	accesstest.StoreContract(t, func(*testing.T) accesstest.StoreUnderTest {
		return accesstest.StoreUnderTest{Store: New(cfg, tables), Lag: 30 * time.Second}
	})
}
