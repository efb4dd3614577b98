package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/scripts/curfew/client"
)

// nets has a step for each net alone, while the others are off, and one for the fence with all nets off.
func nets() []step {
	const place = "SECURITY.md; infra/nets.go"
	return []step{
		{name: "workflow", proves: "the execution alone ends access at the deadline", place: "statemachines/elevation.asl.json", bound: 75 * time.Second, needs: []need{installed},
			page: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html", do: netWorkflow},
		{name: "execution", proves: "the rule on an execution's death ends access", place: place, bound: 70 * time.Second, needs: []need{installed, rules},
			page: "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html", do: netExecution},
		{name: "sweep", proves: "the sweep alone ends access after the deadline", place: place, bound: 140 * time.Second, needs: []need{installed},
			page: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html", do: netSweep},
		{name: "ttl", proves: "a removed expiry record alone ends access", place: place, bound: 65 * time.Second, needs: []need{installed},
			page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html", do: netTTL},
		{name: "fence", proves: "with all nets off, calls are denied from the deadline on", place: "shared/iampolicy/fence.go", bound: 90 * time.Second,
			needs: []need{installed, enforcement}, do: fenceAlone,
			page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime"},
	}
}

// short is long enough to be granted. fenced leaves time for a call before the deadline. skew is how much the clock of this machine
// may differ from AWS's.
const short, fenced, skew = 20 * time.Second, 45 * time.Second, 2 * time.Second

// only leaves one net on; "": none. It does not stop executions.
func (w *world) only(ctx context.Context, net string) error {
	for _, n := range []string{"sweep", "execution", "ttl"} {
		if err := w.on.setNet(ctx, w, n, n == net); err != nil {
			return fmt.Errorf("net %s: %w", n, err)
		}
	}
	return nil
}

// begin elevates a role for a short time, with only this net on. The execution stops unless it is the net.
func (w *world) begin(ctx context.Context, net string, d time.Duration) (e client.Elevation, err error) {
	if err := w.only(ctx, net); err != nil {
		return e, err
	}
	role := net
	if role == "" {
		role = "fence"
	}
	if e, err = w.elevate(ctx, wish{"quick", "role", role, "change", false, d}); err != nil {
		return e, err
	}
	if net == "workflow" || net == "execution" {
		return e, nil
	}
	return e, w.kill(ctx, e.ID)
}

// overstay waits for the end of a short elevation, and says by how much IAM was late.
func (w *world) overstay(ctx context.Context, role string, deadline time.Time) (string, error) {
	late, err := w.gone(ctx, "role", role, deadline)
	if err != nil {
		return "", err
	}
	if late < -skew {
		return "", differs("IAM shows no grant %s before the deadline", seconds(-late))
	}
	return "IAM shows no grant " + seconds(late) + " after the deadline", nil
}

func netWorkflow(ctx context.Context, w *world) (string, error) {
	e, err := w.begin(ctx, "workflow", short)
	if err != nil {
		return "", err
	}
	w.mu.Lock()
	w.closed = e.ID
	w.mu.Unlock()
	return w.overstay(ctx, "workflow", e.Deadline)
}

func netExecution(ctx context.Context, w *world) (string, error) {
	e, err := w.begin(ctx, "execution", 10*time.Minute)
	if err != nil {
		return "", err
	}
	killed := time.Now()
	if err := w.kill(ctx, e.ID); err != nil {
		return "", err
	}
	after, err := w.gone(ctx, "role", "execution", killed)
	if err != nil {
		return "", err
	}
	return "IAM shows no grant " + seconds(after) + " after the execution stopped", nil
}

func netSweep(ctx context.Context, w *world) (string, error) {
	e, err := w.begin(ctx, "sweep", short)
	if err != nil {
		return "", err
	}
	if err := until(ctx, e.Deadline.Add(skew)); err != nil {
		return "", err
	}
	if err := w.on.deliver(ctx, w, event{"reconcile", `{"source":"aws.scheduler"}`}); err != nil && !isFunctionError(err) { // NotYet: it ordered a removal
		return "", err
	}
	return w.overstay(ctx, "sweep", e.Deadline)
}

// netTTL sends the stream's record of the removal. DynamoDB may take days to remove an expired item, which is not waited for.
func netTTL(ctx context.Context, w *world) (string, error) {
	e, err := w.begin(ctx, "ttl", short)
	if err != nil {
		return "", err
	}
	record, err := w.expiryRecord(ctx, e.ID)
	if err != nil {
		return "", err
	}
	if err := until(ctx, e.Deadline.Add(skew)); err != nil {
		return "", err
	}
	if _, err := w.invoke(ctx, "expire", record); err != nil {
		return "", err
	}
	text, err := w.overstay(ctx, "ttl", e.Deadline)
	if err != nil {
		return "", err
	}
	return text + "; the removal was sent by the command, not awaited", nil
}

// expiryRecord is what the stream says when TTL removes the record of an elevation.
func (w *world) expiryRecord(ctx context.Context, id string) (string, error) {
	key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "expiry#" + id}, "sk": &types.AttributeValueMemberS{Value: "expiry"}}
	got, err := dynamodb.NewFromConfig(w.home.Config).GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(w.resource("access")), Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return "", err
	}
	if len(got.Item) == 0 {
		return "", fmt.Errorf("elevation %s has no expiry record", id)
	}
	text := func(item map[string]types.AttributeValue) map[string]any {
		all := map[string]any{}
		for name, value := range item {
			switch v := value.(type) {
			case *types.AttributeValueMemberS:
				all[name] = map[string]string{"S": v.Value}
			case *types.AttributeValueMemberN:
				all[name] = map[string]string{"N": v.Value}
			}
		}
		return all
	}
	record, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"eventID": "1", "eventName": "REMOVE", "eventSource": "aws:dynamodb",
		"userIdentity": map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"},
		"dynamodb":     map[string]any{"SequenceNumber": "1", "Keys": text(key), "OldImage": text(got.Item)},
	}}})
	return string(record), err
}

// fenceAlone calls until it is denied, and checks that the policy is still there.
func fenceAlone(ctx context.Context, w *world) (string, error) {
	e, err := w.begin(ctx, "", fenced)
	if err != nil {
		return "", err
	}
	cfg, err := w.session(ctx, w.member, "fence", ana().name)
	if err != nil {
		return "", err
	}
	if err := waitFor(ctx, poll/2, "the first allowed call", func() (bool, error) { return isAllowed(ctx, cfg) }); err != nil {
		return "", err
	}
	var last time.Time
	for ends := e.Deadline.Add(5 * time.Second); time.Now().Before(ends); {
		began := time.Now()
		allowed, err := isAllowed(ctx, cfg)
		if err != nil {
			return "", err
		}
		if allowed {
			last = began
		}
		if err := pause(ctx, poll/5); err != nil {
			return "", err
		}
	}
	names, err := w.grants(ctx, "role", "fence")
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("last allowed call %s before the deadline; the policy was still in IAM 5 s after it", seconds(e.Deadline.Sub(last)))
	switch {
	case len(names) == 0:
		return "", differs("a net was on: the policy was gone")
	case last.After(e.Deadline.Add(skew)):
		return "", differs("a call that began %s after the deadline was allowed", seconds(last.Sub(e.Deadline)))
	}
	return text, nil
}
