package trail

import "curfew/shared/iamdata"

// Fits reports whether an ARN may be a resource of one of the types.
func Fits(arn string, types ...iamdata.Resource) bool { return fitsAny(arn, types) }
