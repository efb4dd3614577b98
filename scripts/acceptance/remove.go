package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// removalBound is the longest time of the removal.
const removalBound = 6 * time.Minute

// removal is one kind of thing to remove. It looks for what is there by name, so a second run continues the first.
type removal struct {
	name string
	do   func(ctx context.Context, w *world) error
}

// removals are in the order in which they are carried out: access first; what uses a thing before the thing.
func removals() []removal {
	return []removal{
		{"throwaway roles and users of the member account", func(ctx context.Context, w *world) error { return w.removePrincipals(ctx, w.member) }},
		{"managed policies of the member account", removePolicies},
		{"the throwaway state machine", removeMachine},
		{"the member stack", func(ctx context.Context, w *world) error { return w.removeStack(ctx, w.member, w.resource("member")) }},
		{"the boundary", removeBoundary},
		{"throwaway roles of home", func(ctx context.Context, w *world) error { return w.removePrincipals(ctx, w.home) }},
		{"the home stack", func(ctx context.Context, w *world) error { return w.removeStack(ctx, w.home, w.name) }},
		{"the data stack", func(ctx context.Context, w *world) error { return w.removeStack(ctx, w.home, w.resource("data")) }},
		{"the tables", removeTables},
		{"the issuer's bucket", removeBucket},
		{"moto's queue and state machine", removeOfMoto},
	}
}

// removeAll carries out all removals, also after one failed, and returns what is left.
func removeAll(ctx context.Context, w *world) (left []string) {
	return carryOutRemovals(ctx, w, removals())
}

func carryOutRemovals(ctx context.Context, w *world, all []removal) (left []string) {
	for _, r := range all {
		w.log.printf("remove %s", r.name)
		if err := r.do(ctx, w); err != nil {
			left = append(left, fmt.Sprintf("%s: %v; repeat it with -remove", r.name, err))
		}
	}
	return left
}

// removeStack deletes a stack and waits.
func (w *world) removeStack(ctx context.Context, p place, name string) error {
	if w.moto {
		return nil
	}
	if outputs, err := stackOf(ctx, p, name); err != nil || outputs == nil {
		return err
	}
	client := cloudformation.NewFromConfig(p.Config)
	if err := w.noteRetained(ctx, client, name); err != nil {
		return err
	}
	if _, err := client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name}); err != nil {
		return err
	}
	return cloudformation.NewStackDeleteCompleteWaiter(client).Wait(ctx, &cloudformation.DescribeStacksInput{StackName: &name}, removalBound)
}

// noteRetained notes what outlives its stack on purpose, and is not removed here. The tables are.
func (w *world) noteRetained(ctx context.Context, client *cloudformation.Client, stack string) error {
	all, err := client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: &stack})
	if err != nil {
		return err
	}
	for _, r := range all.StackResources {
		id := aws.ToString(r.PhysicalResourceId)
		switch kind := aws.ToString(r.ResourceType); {
		case kind == "AWS::KMS::Key":
			w.note("key %s of home: aws kms schedule-key-deletion --pending-window-in-days 7 --key-id %[1]s", id)
		case kind == "AWS::IAM::Role" && strings.HasPrefix(aws.ToString(r.LogicalResourceId), "Gateway"):
			w.note("role %s of home, with which all APIs of its account and Region log", id)
		}
	}
	return nil
}

func removeMachine(ctx context.Context, w *world) error {
	return w.removeMachines(ctx, w.member, "work-"+w.name)
}

func (w *world) removeMachines(ctx context.Context, p place, name string) error {
	arn := "arn:aws:states:" + p.Region + ":" + p.id + ":stateMachine:" + name
	_, err := sfn.NewFromConfig(p.Config).DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &arn})
	return ignore(err, "StateMachineDoesNotExist")
}

func removeTables(ctx context.Context, w *world) (err error) {
	client := dynamodb.NewFromConfig(w.home.Config)
	for _, table := range []string{"access", "audit", "probe"} {
		_, failed := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(w.resource(table))})
		err = errors.Join(err, ignore(failed, "ResourceNotFoundException"))
	}
	return err
}

func removeBucket(ctx context.Context, w *world) error {
	if w.moto {
		return nil
	}
	client, bucket := s3.NewFromConfig(w.home.Config), aws.String(w.issuerBucket())
	all, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	if err != nil {
		return ignore(err, "NoSuchBucket")
	}
	var keys []s3types.ObjectIdentifier
	for _, o := range all.Contents {
		keys = append(keys, s3types.ObjectIdentifier{Key: o.Key})
	}
	if len(keys) > 0 {
		if _, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &s3types.Delete{Objects: keys}}); err != nil {
			return err
		}
	}
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	return ignore(err, "NoSuchBucket")
}

func removeOfMoto(ctx context.Context, w *world) error {
	if !w.moto {
		return nil
	}
	client := sqs.NewFromConfig(w.home.Config)
	queue, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(w.resource("late"))})
	if err == nil {
		_, err = client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
	} else if strings.Contains(code(err), "NonExistentQueue") || code(err) == "QueueDoesNotExist" {
		err = nil
	}
	return errors.Join(err, w.removeMachines(ctx, w.home, w.resource("elevation")))
}

// ignore takes an error with this code for success: what is gone is gone.
func ignore(err error, gone string) error {
	if code(err) == gone {
		return nil
	}
	return err
}
