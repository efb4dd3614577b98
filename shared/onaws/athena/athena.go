// Package athena asks an installation's lake on Athena.
package athena

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"curfew/shared/audit/queries"
	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

type Client interface {
	StartQueryExecution(context.Context, *athena.StartQueryExecutionInput, ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	GetQueryExecution(context.Context, *athena.GetQueryExecutionInput, ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	GetQueryResults(context.Context, *athena.GetQueryResultsInput, ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
	StopQueryExecution(context.Context, *athena.StopQueryExecutionInput, ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
}

// Engine is [queries.Engine] in the work group and database of an installation.
type Engine struct {
	Client              Client
	WorkGroup, Database string
}

var (
	_ Client         = (*athena.Client)(nil)
	_ queries.Engine = (*Engine)(nil)
)

// New returns the engine of the installation of that name, in the configuration's account and Region.
func New(cfg aws.Config, name string) *Engine {
	return &Engine{athena.NewFromConfig(cfg), name + "-audit", strings.ReplaceAll(name, "-", "_") + "_audit"}
}

// comments have the marks of parameters too.
var comments = fault.Pattern(`(?m)^\s*--.*\n?`)

// Run is [queries.Engine.Run]. Transient: try again; Quota: it would read more than the work group allows.
func (e *Engine) Run(ctx context.Context, q queries.Query, args []queries.Value) (queries.Result, error) {
	literals, err := literalsOf(args)
	if err != nil {
		return queries.Result{}, err
	}
	text := comments().ReplaceAllString(q.Text, "")
	started, err := e.Client.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{
		QueryString: &text, ExecutionParameters: literals, WorkGroup: &e.WorkGroup, QueryExecutionContext: &types.QueryExecutionContext{Database: &e.Database},
	})
	if err != nil {
		return queries.Result{}, onaws.CallError("starting "+q.Name, err)
	}
	bytes, err := e.wait(ctx, q.Name, started.QueryExecutionId)
	if err != nil {
		return queries.Result{}, err
	}
	result, err := e.results(ctx, q.Name, started.QueryExecutionId)
	result.Bytes = bytes
	return result, err
}

// literalsOf: Athena puts parameters into the text as they are. In a literal of SQL only the quote is special.
// https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying-using-execution-parameters.html
func literalsOf(args []queries.Value) (all []string, err error) {
	for _, a := range args {
		switch a := a.(type) {
		case string:
			all = append(all, "'"+strings.ReplaceAll(a, "'", "''")+"'")
		case int64:
			all = append(all, strconv.FormatInt(a, 10))
		default:
			return nil, fault.Errorf(fault.Invalid, "a %T is no parameter", a)
		}
	}
	return all, nil
}

const stopTime = 5 * time.Second

// wait returns the bytes that were read. A query that is not waited for any more is stopped: it costs.
func (e *Engine) wait(ctx context.Context, name string, id *string) (int64, error) {
	for tries := 1; ; tries++ {
		got, err := e.Client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: id})
		if err == nil {
			var bytes int64
			if s := got.QueryExecution.Statistics; s != nil {
				bytes = aws.ToInt64(s.DataScannedInBytes)
			}
			switch status := got.QueryExecution.Status; status.State {
			case types.QueryExecutionStateSucceeded:
				return bytes, nil
			case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
				return 0, failure(name, bytes, status)
			}
			err = backoff.Wait(ctx, nil, tries)
		}
		if err != nil {
			stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer done()
			_, _ = e.Client.StopQueryExecution(stopping, &athena.StopQueryExecutionInput{QueryExecutionId: id})
			return 0, onaws.CallError("waiting for "+name, err)
		}
	}
}

func failure(name string, bytes int64, status *types.QueryExecutionStatus) error {
	kind, reason := fault.Internal, aws.ToString(status.StateChangeReason)
	switch {
	case strings.Contains(strings.ToLower(reason), "bytes scanned limit"):
		kind = fault.Quota
	case status.AthenaError != nil && status.AthenaError.Retryable:
		kind = fault.Transient
	}
	return fault.Errorf(kind, "%s %s after %d bytes: %s", name, strings.ToLower(string(status.State)), bytes, reason)
}

func (e *Engine) results(ctx context.Context, name string, id *string) (queries.Result, error) {
	var result queries.Result
	pages := athena.NewGetQueryResultsPaginator(e.Client, &athena.GetQueryResultsInput{QueryExecutionId: id})
	for first := true; pages.HasMorePages(); first = false {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return result, onaws.CallError("reading "+name, err)
		}
		columns, rows := page.ResultSet.ResultSetMetadata.ColumnInfo, page.ResultSet.Rows
		if first {
			for _, c := range columns {
				result.Columns = append(result.Columns, aws.ToString(c.Name))
			}
			rows = rows[min(1, len(rows)):] // the first has the names of the columns
		}
		for _, r := range rows {
			row := make([]queries.Value, len(columns))
			for i, d := range r.Data {
				if row[i], err = value(aws.ToString(columns[i].Type), d.VarCharValue); err != nil {
					return result, err
				}
			}
			result.Rows = append(result.Rows, row)
		}
	}
	return result, nil
}

// value of a cell. NULL has no text.
func value(kind string, text *string) (v queries.Value, err error) {
	if text == nil {
		return nil, nil
	}
	switch kind {
	case "tinyint", "smallint", "integer", "bigint":
		v, err = strconv.ParseInt(*text, 10, 64)
	case "float", "double", "decimal":
		v, err = strconv.ParseFloat(*text, 64)
	default:
		v = *text
	}
	if err != nil {
		return nil, fmt.Errorf("a %s of Athena: %w", kind, err)
	}
	return v, nil
}
