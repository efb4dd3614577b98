package logkeep

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"curfew/shared/fault"
)

// HoldResult counts versions. After is the last object that was done, to go on from.
type HoldResult struct {
	Versions int64  `json:"versions"`
	Markers  int64  `json:"delete_markers"` // cannot be held, and hide no version from one who has its id
	After    string `json:"after,omitempty"`
}

// SetHold sets or clears the legal hold of every version of the objects after a name. It may be repeated. Objects that are
// written later have none: set the hold again. tell is called with each object's name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-legal-holds
func (b Bucket) SetHold(ctx context.Context, on, dryRun bool, after string, tell func(HoldResult)) (done HoldResult, err error) {
	status := types.ObjectLockLegalHoldStatusOff
	if on {
		status = types.ObjectLockLegalHoldStatusOn
	}
	done.After = after
	before := after // the object of the last call is done when the next one is another
	err = b.versions(ctx, after, func(v Version) error {
		if v.Deleted {
			done.Markers++
			return nil
		}
		if v.Name != before {
			done.After, before = before, v.Name
			tell(done)
		}
		done.Versions++
		if dryRun {
			return nil
		}
		_, err := b.Holds.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
			Bucket: &b.Bucket, Key: &v.Name, VersionId: &v.ID, LegalHold: &types.ObjectLockLegalHold{Status: status},
		})
		return fault.Wrap(err, "the legal hold of %s, version %s", v.Name, v.ID)
	})
	return done, err
}
