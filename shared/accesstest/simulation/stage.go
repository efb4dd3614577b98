package simulation

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/statemachines"
)

// parsed is the shipped state machine. It is immutable and shared by all worlds.
var parsed = sync.OnceValues(func() (*asl.Machine, error) { return parse(statemachines.Elevation()) })

func parse(definition []byte) (*asl.Machine, error) {
	return asl.Parse(definition, map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
}

// startWorld is the example world at the start. One role has no inline quota left, so its grants are managed policies.
// The machines' roles are assumed by a service that names each session: the elevations of the first release have such a
// binding, not a weak one.
var startWorld = sync.OnceValues(func() (*inprocess.IAM, error) {
	world := inprocess.ExampleWorld()
	for _, service := range []string{"backup", "lambda"} {
		world = bytes.ReplaceAll(world, []byte(`"Service": "`+service+`.amazonaws.com"`), []byte(`"Service": "ecs-tasks.amazonaws.com"`))
	}
	iam, err := inprocess.LoadWorld(bytes.NewReader(world), "example-world.json")
	if err != nil {
		return nil, err
	}
	const statement = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:ListQueues","Resource":"arn:aws:sqs:*:*:%s"}]}`
	return iam, iam.PutRolePolicyByHand(accesstest.Responder, "reads", fmt.Sprintf(statement, strings.Repeat("q", 9500)))
})

// catalog is that of the stories, with times for a world of an hour or two.
func catalog(budgets map[string][]access.Budget) *accesstest.Catalog {
	c := accesstest.NewCatalog()
	c.Change("admin", func(e *access.Entitlement) {
		e.Approval = &access.ApprovalRule{Need: 1, Of: e.Approval.Of, Within: 10 * time.Minute}
	})
	for _, name := range slices.Sorted(maps.Keys(budgets)) {
		c.Change(name, func(e *access.Entitlement) { e.Budgets = budgets[name] })
	}
	c.Change("incident", func(e *access.Entitlement) { e.Contain = true })
	return c
}
