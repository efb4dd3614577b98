package main

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// factsOfPages are about the console and reviews.
func factsOfPages() []step {
	return []step{
		{name: "page", proves: "the page and its files need no token, /console and /console/ lead to it, and the API needs a token", place: "infra/apis.go: httpAPI", needs: []need{installed, gateway},
			page: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
			do: func(ctx context.Context, w *world) (string, error) {
				return pageAnswers(ctx, http.DefaultTransport, w.endpoint)
			}},
		{name: "last-accessed", proves: "a job of last-accessed data is done within a minute", place: "shared/onaws/iam/accessed.go: readJob", needs: []need{lastAccessed},
			page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html", do: accessedJob},
	}
}

// pageAnswers follows no redirect.
func pageAnswers(ctx context.Context, by http.RoundTripper, endpoint string) (string, error) {
	for path, want := range map[string]struct {
		status      int
		contentType string
	}{
		"/": {http.StatusOK, "text/html"}, "/console/app.js": {http.StatusOK, "text/javascript"}, "/console": {http.StatusPermanentRedirect, ""}, "/console/": {http.StatusPermanentRedirect, ""},
		"/v1/elevations": {http.StatusUnauthorized, ""},
	} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+path, nil)
		if err != nil {
			return "", err
		}
		a, err := by.RoundTrip(r)
		if err != nil {
			return "", err
		}
		n, err := io.Copy(io.Discard, io.LimitReader(a.Body, 1<<20)) // decompressed
		a.Body.Close()
		if err != nil || a.StatusCode != want.status || !strings.HasPrefix(a.Header.Get("Content-Type"), want.contentType) || want.contentType != "" && (n == 0 || !a.Uncompressed) {
			return "", differs("GET %s: %s, %s, %d bytes, compressed %t, %v", path, a.Status, a.Header.Get("Content-Type"), n, a.Uncompressed, err)
		}
	}
	return "5 paths", nil
}

func accessedJob(ctx context.Context, w *world) (string, error) {
	if err := w.makeRole(ctx, w.member, "accessed", iam.CreateRoleInput{}); err != nil {
		return "", err
	}
	client := w.member.iam()
	role, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("accessed-" + w.name)})
	if err != nil {
		return "", err
	}
	job, err := client.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: role.Role.Arn, Granularity: iamtypes.AccessAdvisorUsageGranularityTypeActionLevel})
	if err != nil {
		return "", err
	}
	var status iamtypes.JobStatusType
	err = waitFor(ctx, poll, "the job of last-accessed data", func() (bool, error) {
		got, err := client.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: job.JobId})
		if err == nil {
			status = got.JobStatus
		}
		return status != "" && status != iamtypes.JobStatusTypeInProgress, err
	})
	if err == nil && status != iamtypes.JobStatusTypeCompleted {
		err = differs("the job is %s", status)
	}
	return string(status), err
}
