package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// onLake adds what asks the lake. It is at home, also if the lake's bucket is in a log account.
func onLake(stack awscdk.Stack, s Settings) {
	awsglue.NewCfnDatabase(stack, str("Lake"), &awsglue.CfnDatabaseProps{
		CatalogId: reference("AWS::AccountId"), DatabaseInput: &awsglue.CfnDatabase_DatabaseInputProperty{Name: str(s.Log.database(s.Names)), Description: str("Curfew: the log of evidence as rows")},
	})
	for _, t := range s.lake.Tables {
		jsonTable(stack, s, t.Name+"_json", "json/"+t.Name, t.Columns)
		parquetTable(stack, s, t)
	}
	jsonTable(stack, s, "compacted", "compacted", []lakeColumn{{"through", "bigint", "rows below this index of the log are in Parquet"}})
	for _, v := range s.lake.Views {
		glueTable(stack, s, v.Name, view(s.Log.database(s.Names), v.Text, v.Columns))
	}
	workgroup(stack, s)
	awsiam.NewCfnManagedPolicy(stack, str("AuditReader"), &awsiam.CfnManagedPolicyProps{
		ManagedPolicyName: str(s.resource("audit-reader")), Description: str("Curfew: asks the lake, for roles of security teams"), PolicyDocument: document(lakeReader(s).permissions()...),
	})
}

func glueTable(stack awscdk.Stack, s Settings, name string, input *awsglue.CfnTable_TableInputProperty) {
	input.Name = str(name)
	t := awsglue.NewCfnTable(stack, str(logicalID("lake", strings.ReplaceAll(name, "_", "-"))), &awsglue.CfnTableProps{
		CatalogId: reference("AWS::AccountId"), DatabaseName: str(s.Log.database(s.Names)), TableInput: input,
	})
	t.AddDependency(stack.Node().FindChild(str("Lake")).(awscdk.CfnResource))
}

// jsonTable takes Hive's SerDe: OpenX's may answer NULL where there is a value. A member that a row lacks is NULL, one without a
// column is ignored, and a line that is no JSON fails the query.
// https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
func jsonTable(stack awscdk.Stack, s Settings, name, folder string, columns []lakeColumn) {
	glueTable(stack, s, name, byDay(s, folder, columns, &awsglue.CfnTable_StorageDescriptorProperty{
		InputFormat: str("org.apache.hadoop.mapred.TextInputFormat"), OutputFormat: str("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"),
		SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{SerializationLibrary: str("org.apache.hive.hcatalog.data.JsonSerDe")},
	}))
}

func parquetTable(stack awscdk.Stack, s Settings, t lakeTable) {
	glueTable(stack, s, t.Name+"_parquet", byDay(s, "parquet/"+t.Name, t.Columns, &awsglue.CfnTable_StorageDescriptorProperty{
		InputFormat: str("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"), OutputFormat: str("org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"),
		SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{SerializationLibrary: str("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")},
	}))
}

// byDay: Athena computes the partitions, so nothing adds them.
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
func byDay(s Settings, folder string, columns []lakeColumn, storage *awsglue.CfnTable_StorageDescriptorProperty) *awsglue.CfnTable_TableInputProperty {
	location := "s3://" + s.Log.lake(s.Names) + "/" + folder + "/"
	storage.Columns, storage.Location = glueColumns(columns), substitute(location)
	return &awsglue.CfnTable_TableInputProperty{
		TableType: str("EXTERNAL_TABLE"), StorageDescriptor: storage, PartitionKeys: []any{&awsglue.CfnTable_ColumnProperty{Name: str("day"), Type: str("string")}},
		Parameters: map[string]any{
			"EXTERNAL": "TRUE", "projection.enabled": "true", "projection.day.type": "date", "projection.day.format": "yyyy-MM-dd",
			"projection.day.range": s.lake.FirstDay + ",NOW+1DAY", "projection.day.interval": "1", "projection.day.interval.unit": "DAYS",
			"storage.location.template": substitute(location + "day=${!day}/"),
		},
	}
}

// view is as CREATE VIEW of Athena stores one. With columns of other types, Athena would call it stale.
func view(database, text string, columns []lakeColumn) *awsglue.CfnTable_TableInputProperty {
	typed := make([]map[string]string, len(columns))
	for i, c := range columns {
		typed[i] = map[string]string{"name": c.Name, "type": strings.Replace(c.Type, "string", "varchar", 1)}
	}
	b, _ := json.Marshal(map[string]any{"originalSql": text, "catalog": "awsdatacatalog", "schema": database, "columns": typed}) // cannot fail
	return &awsglue.CfnTable_TableInputProperty{
		TableType: str("VIRTUAL_VIEW"), Parameters: map[string]any{"presto_view": "true", "comment": "Presto View"}, PartitionKeys: []any{},
		ViewOriginalText: str("/* Presto View: " + base64.StdEncoding.EncodeToString(b) + " */"), ViewExpandedText: str("/* Presto View */"),
		StorageDescriptor: &awsglue.CfnTable_StorageDescriptorProperty{Columns: glueColumns(columns), SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{}},
	}
}

func glueColumns(columns []lakeColumn) *[]any {
	all := make([]any, len(columns))
	for i, c := range columns {
		p := &awsglue.CfnTable_ColumnProperty{Name: str(c.Name), Type: str(c.Type)}
		if c.About != "" {
			p.Comment = str(c.About)
		}
		all[i] = p
	}
	return &all
}

// workgroup bounds what a query may read, and enforces where its answer is kept.
func workgroup(stack awscdk.Stack, s Settings) {
	group := awsathena.NewCfnWorkGroup(stack, str("AuditWorkGroup"), &awsathena.CfnWorkGroupProps{
		Name: str(s.resource("audit")), Description: str("Curfew: queries on the log of evidence"), RecursiveDeleteOption: jsii.Bool(true),
		WorkGroupConfiguration: &awsathena.CfnWorkGroup_WorkGroupConfigurationProperty{
			EnforceWorkGroupConfiguration: jsii.Bool(true), PublishCloudWatchMetricsEnabled: jsii.Bool(true), BytesScannedCutoffPerQuery: num(s.Log.ScanGB * 1_000_000_000),
			EngineVersion: &awsathena.CfnWorkGroup_EngineVersionProperty{SelectedEngineVersion: str("Athena engine version 3")},
			ResultConfiguration: &awsathena.CfnWorkGroup_ResultConfigurationProperty{
				OutputLocation: substitute("s3://" + s.Log.results(s.Names) + "/"), ExpectedBucketOwner: reference("AWS::AccountId"),
				EncryptionConfiguration: &awsathena.CfnWorkGroup_EncryptionConfigurationProperty{EncryptionOption: str("SSE_S3")},
			},
		},
	})
	for _, q := range s.lake.Queries {
		n := awsathena.NewCfnNamedQuery(stack, str(logicalID("query", q.Name)), &awsathena.CfnNamedQueryProps{
			Name: str(q.Name), Description: str(q.About), Database: str(s.Log.database(s.Names)), QueryString: str(q.Text), WorkGroup: group.Name(),
		})
		n.AddDependency(group)
	}
}

func lakeVars(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_LAKE_BUCKET": s.Log.lake(s.Names), "CURFEW_OCSF_VERSION": s.Log.OCSF}
}
