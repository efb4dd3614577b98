package awsread

import (
	"context"
	"encoding/xml"
	"time"
)

// Identity is who the credentials are of, with a look at the clock.
type Identity struct {
	Account string
	ARN     string
	// Ahead is how far the clock here is ahead of that of AWS, known to Within: AWS says whole seconds, and the answer
	// was under way. Known is false if the answer had no date.
	Ahead, Within time.Duration
	Known         bool
}

// Identity asks STS who the credentials are of.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	got, err := c.query(ctx, STS, "GetCallerIdentity", nil)
	if err != nil {
		return Identity{}, err
	}
	var out struct {
		Account string `xml:"GetCallerIdentityResult>Account"`
		ARN     string `xml:"GetCallerIdentityResult>Arn"`
	}
	if err := unreadable(STS, "GetCallerIdentity", xml.Unmarshal(got.body, &out)); err != nil {
		return Identity{}, err
	}
	who := Identity{Account: out.Account, ARN: out.ARN, Known: !got.date.IsZero()}
	// The date was cut to its second, somewhere between sending and receiving: the middle of both is the best guess.
	underWay := got.received.Sub(got.sent)
	middle := got.sent.Add(underWay / 2)
	who.Ahead = middle.Sub(got.date.Add(time.Second / 2))
	who.Within = underWay/2 + time.Second/2
	return who, nil
}
