package runbook

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// order is one of Revoke, as a dead-letter queue holds it.
const order = `{"id":"` + elevation + `"}`

// queueEffects go on from one to the next, as an operator does.
func queueEffects() map[string]effect {
	return map[string]effect{
		"sqs get-queue-url": func(s stage, c instruction) {
			s.queue(c.flag("queue-name"))
			s.values["$url"] = strings.TrimSpace(s.output(c))
			s.send(s.values["$url"], `{"version":"1.0","requestPayload":`+order+`,"responseContext":{"functionError":"Unhandled"}}`)
		},
		"sqs receive-message": func(s stage, c instruction) {
			var got struct {
				Messages []struct{ Body, ReceiptHandle string }
			}
			s.must(json.Unmarshal([]byte(s.output(c)), &got))
			if len(got.Messages) != 1 {
				s.Fatalf("messages = %v, want one", got.Messages)
			}
			var body struct {
				RequestPayload json.RawMessage `json:"requestPayload"`
			}
			s.must(json.Unmarshal([]byte(got.Messages[0].Body), &body))
			s.values["HANDLE"] = got.Messages[0].ReceiptHandle
			s.file("order.json", string(body.RequestPayload))
		},
		"sqs delete-message": func(s stage, c instruction) {
			s.output(c)
			if n := s.messages(s.values["$url"]); n != 0 {
				s.Errorf("%d messages are left", n)
			}
		},
		"sqs start-message-move-task": func(s stage, c instruction) {
			s.queue("curfew-dead-late")
			if _, err := s.run(c.words[1:]); err == nil || !strings.Contains(err.Error(), "when calling the StartMessageMoveTask operation") { // see lacking
				s.Errorf("error = %v, want that moto does not know the call", err)
			}
		},
		"lambda invoke curfew-revoke": func(s stage, c instruction) {
			got := s.register("curfew-revoke")
			s.shows(c, []string{"answered"})
			if p := <-got; p != order { // functions: TestTheNets shows that Revoke removes the grant then
				s.Errorf("payload = %s, want %s", p, order)
			}
		},
	}
}

func (s stage) queue(name string) (address string) {
	s.Helper()
	out, err := sqs.NewFromConfig(s.cfg).CreateQueue(s.Context(), &sqs.CreateQueueInput{QueueName: &name})
	s.must(err)
	return *out.QueueUrl
}

func (s stage) send(address, body string) {
	s.Helper()
	_, err := sqs.NewFromConfig(s.cfg).SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &address, MessageBody: aws.String(body)})
	s.must(err)
}

// messages counts those that wait or are being read.
func (s stage) messages(address string) (n int) {
	s.Helper()
	out, err := sqs.NewFromConfig(s.cfg).GetQueueAttributes(s.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &address, AttributeNames: []types.QueueAttributeName{"All"}})
	s.must(err)
	for _, of := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		if out.Attributes[of] != "0" {
			n++ // the tests send one
		}
	}
	return n
}
