package rows

// Base is what all classes have. Times are milliseconds since 1970.
type Base struct {
	ActivityID   int32    `json:"activity_id" parquet:"activity_id"`
	CategoryUID  int32    `json:"category_uid" parquet:"category_uid"`
	ClassUID     int32    `json:"class_uid" parquet:"class_uid"`
	TypeUID      int64    `json:"type_uid" parquet:"type_uid"`
	Time         int64    `json:"time" parquet:"time"`
	SeverityID   int32    `json:"severity_id" parquet:"severity_id"`
	StatusID     int32    `json:"status_id" parquet:"status_id"`
	StatusDetail string   `json:"status_detail,omitempty" parquet:"status_detail,optional"`
	Message      string   `json:"message" parquet:"message"`
	Metadata     Metadata `json:"metadata" parquet:"metadata"`
	Cloud        *Cloud   `json:"cloud,omitempty" parquet:"cloud,optional"`
}

// Authority is whose call it was, and by which grant; findings have none.
type Authority struct {
	Actor      *Actor      `json:"actor,omitempty" parquet:"actor,optional"`
	Delegation *Delegation `json:"delegation,omitempty" parquet:"delegation,optional"`
}

// Request is class 3004. The entity is the elevation.
type Request struct {
	Base
	Authority
	Comment string `json:"comment,omitempty" parquet:"comment,optional"`
	Entity  Entity `json:"entity" parquet:"entity"`
}

// RoleChange is class 3008.
type RoleChange struct {
	Base
	Authority
	Role     Role     `json:"iam_role" parquet:"iam_role"`
	Policies []Entity `json:"policies,omitempty" parquet:"policies,list"`
}

// UserChange is class 3007, or 3001, which has roles too.
type UserChange struct {
	Base
	Authority
	User     User     `json:"user" parquet:"user"`
	Policies []Entity `json:"policies,omitempty" parquet:"policies,list"`
}

// Use is class 6003: all calls of one action in one record of usage.
type Use struct {
	Base
	Authority
	API       API      `json:"api" parquet:"api"`
	Source    Endpoint `json:"src_endpoint" parquet:"src_endpoint"`
	Count     int64    `json:"count" parquet:"count"`
	StartTime int64    `json:"start_time,omitempty" parquet:"start_time,optional"`
	EndTime   int64    `json:"end_time,omitempty" parquet:"end_time,optional"`
}

// Finding is class 2004.
type Finding struct {
	Base
	Comment   string      `json:"comment,omitempty" parquet:"comment,optional"`
	IsAlert   bool        `json:"is_alert" parquet:"is_alert"`
	Info      FindingInfo `json:"finding_info" parquet:"finding_info"`
	Resources []Resource  `json:"resources,omitempty" parquet:"resources,list"`
}

type Metadata struct {
	Version        string   `json:"version" parquet:"version"`
	UID            string   `json:"uid" parquet:"uid"`           // hash of the entry
	Sequence       int64    `json:"sequence" parquet:"sequence"` // index of the entry
	EventCode      string   `json:"event_code" parquet:"event_code"`
	CorrelationUID string   `json:"correlation_uid,omitempty" parquet:"correlation_uid,optional"` // elevation
	Profiles       []string `json:"profiles,omitempty" parquet:"profiles,list"`
	Product        Product  `json:"product" parquet:"product"`
}

type Product struct {
	Name       string `json:"name" parquet:"name"`
	UID        string `json:"uid" parquet:"uid"` // the installation
	VendorName string `json:"vendor_name" parquet:"vendor_name"`
}

type Cloud struct {
	Provider string  `json:"provider" parquet:"provider"`
	Account  Account `json:"account" parquet:"account"`
}

type Account struct {
	UID string `json:"uid" parquet:"uid"`
}

type Actor struct {
	User User `json:"user" parquet:"user"`
	// AppName and AppUID are the task for which a machine asked.
	AppName string `json:"app_name,omitempty" parquet:"app_name,optional"`
	AppUID  string `json:"app_uid,omitempty" parquet:"app_uid,optional"`
}

type User struct {
	UID    string `json:"uid" parquet:"uid"`
	Name   string `json:"name,omitempty" parquet:"name,optional"`
	TypeID int32  `json:"type_id" parquet:"type_id"` // 0 unknown, 1 user, 4 service
}

type Role struct {
	UID  string `json:"uid" parquet:"uid"`
	Name string `json:"name,omitempty" parquet:"name,optional"`
}

// Delegation is the authority that an elevation gives a machine. Profile ai_operation has it from 1.9.0 on.
type Delegation struct {
	UID            string   `json:"uid" parquet:"uid"`
	IssuerUID      string   `json:"issuer_uid" parquet:"issuer_uid"`
	CreatedTime    int64    `json:"created_time" parquet:"created_time"`
	ExpirationTime int64    `json:"expiration_time,omitempty" parquet:"expiration_time,optional"`
	Scopes         []string `json:"scopes,omitempty" parquet:"scopes,list"`
}

type Entity struct {
	UID  string `json:"uid,omitempty" parquet:"uid,optional"`
	Name string `json:"name,omitempty" parquet:"name,optional"`
	Type string `json:"type,omitempty" parquet:"type,optional"`
}

type API struct {
	Operation string   `json:"operation" parquet:"operation"`
	Service   *Service `json:"service,omitempty" parquet:"service,optional"`
}

type Service struct {
	Name string `json:"name" parquet:"name"`
}

type Endpoint struct {
	IP      string `json:"ip,omitempty" parquet:"ip,optional"`
	SvcName string `json:"svc_name,omitempty" parquet:"svc_name,optional"`
	Name    string `json:"name,omitempty" parquet:"name,optional"`
}

type FindingInfo struct {
	UID   string   `json:"uid" parquet:"uid"`
	Title string   `json:"title" parquet:"title"`
	Desc  string   `json:"desc,omitempty" parquet:"desc,optional"`
	Types []string `json:"types,omitempty" parquet:"types,list"`
}

type Resource struct {
	UID  string `json:"uid" parquet:"uid"`
	Type string `json:"type" parquet:"type"`
}
