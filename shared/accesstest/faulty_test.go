package accesstest_test

import (
	"testing"

	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
)

// Without faults the wrappers change nothing.

func TestFaultyStoreWithoutFaultsKeepsTheContract(t *testing.T) {
	accesstest.StoreContract(t, func(t *testing.T) accesstest.StoreUnderTest {
		u := openStore(t, inprocess.StoreSettings{})
		u.Store = &accesstest.FaultyStore{Store: u.Store, Faults: &accesstest.Faults{}}
		return u
	})
}

func TestFaultyCloudWithoutFaultsKeepsTheContract(t *testing.T) {
	accesstest.CloudContract(t, func(t *testing.T) accesstest.CloudUnderTest {
		u := openCloud(t)
		u.Cloud = &accesstest.FaultyCloud{Cloud: u.Cloud, Faults: &accesstest.Faults{}}
		return u
	})
}

func TestFaultyWorkflowWithoutFaultsKeepsTheContract(t *testing.T) {
	accesstest.WorkflowContract(t, func(t *testing.T) accesstest.WorkflowUnderTest {
		u := openWorkflow(t)
		u.Workflow = &accesstest.FaultyWorkflow{Workflow: u.Workflow, Faults: &accesstest.Faults{}}
		return u
	})
}
