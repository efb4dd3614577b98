package iamdata

// Level is an access level.
type Level byte

// The access levels. Tagging and PermissionsManagement are writes as well.
const (
	Read                  Level = 'R'
	List                  Level = 'L'
	Write                 Level = 'W'
	Tagging               Level = 'T'
	PermissionsManagement Level = 'P'
)

// Action is an action of IAM. It is shared: callers must not change its lists.
type Action struct {
	Service, Name string // "s3", "GetObject"
	Level         Level
	Resources     []Resource // the types of resource that a policy may name; none: only "*"
	ConditionKeys []string   // of the action, for every resource
}

// Resource is a type of resource of one action.
type Resource struct {
	Name          string
	ARNs          []string // formats, as "arn:${Partition}:s3:::${BucketName}"; API Gateway has types with two
	Required      bool     // every call of the action has a resource of this type
	ConditionKeys []string // of the action with a resource of this type
	TypeKeys      []string // of the type, for every action: aws:ResourceTag/${TagKey}
}

// compareFold orders names of actions, which are ASCII, without case. It does not allocate.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
