package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// metric: shared/onaws/metrics.go writes the functions' own.
type metric struct {
	namespace, name string
	dimensions      [][2]string
}

func (m metric) list() []any {
	var all []any
	for _, d := range m.dimensions {
		value := str(d[1])
		if hasReference(d[1]) {
			value = substitute(d[1])
		}
		all = append(all, &awscloudwatch.CfnAlarm_DimensionProperty{Name: str(d[0]), Value: value})
	}
	return all
}

type count struct {
	metric metric
	stat   string
}

// computed rings when its expression over m0, m1 and so on is above 0.
type computed struct {
	name, about, expression string
	counts                  []count
	period                  int // seconds
	times                   int // consecutive periods
}

// sumOf counts missing data as 0.
func sumOf(from, n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("FILL(m%d,0)", from+i))
	}
	return strings.Join(all, "+")
}

const quarter = 15 * 60

type monitoring Settings

func (s monitoring) curfewMetric(name string, more ...[2]string) metric {
	return metric{"Curfew", name, append([][2]string{{"Installation", s.Name}}, more...)}
}

func (s monitoring) ofFunction(function, name string) metric {
	return metric{"AWS/Lambda", name, [][2]string{{"FunctionName", s.resource(function)}}}
}

func (s monitoring) ofMachine(name string) metric {
	return metric{"AWS/States", name, [][2]string{{"StateMachineArn", s.machineARN()}}}
}
