/**
 * Licensed to the Apache Software Foundation (ASF) under one or more contributor license agreements. The ASF licenses
 * this file to you under the Apache License, Version 2.0; you may not use this file except in compliance with the
 * License. You may obtain a copy of the License at http://www.apache.org/licenses/LICENSE-2.0
 *
 * The footer of the Apache Parquet format: the part of parquet.thrift that describes a file, enums written as i32.
 */
struct Statistics {
  1: optional binary max
  2: optional binary min
  3: optional i64 null_count
  4: optional i64 distinct_count
  5: optional binary max_value
  6: optional binary min_value
  7: optional bool is_max_value_exact
  8: optional bool is_min_value_exact
}
struct Empty {}
struct DecimalType { 1: required i32 scale 2: required i32 precision }
union TimeUnit { 1: Empty MILLIS 2: Empty MICROS 3: Empty NANOS }
struct TimestampType { 1: required bool isAdjustedToUTC 2: required TimeUnit unit }
struct TimeType { 1: required bool isAdjustedToUTC 2: required TimeUnit unit }
struct IntType { 1: required i8 bitWidth 2: required bool isSigned }
union LogicalType {
  1: Empty STRING
  2: Empty MAP
  3: Empty LIST
  4: Empty ENUM
  5: DecimalType DECIMAL
  6: Empty DATE
  7: TimeType TIME
  8: TimestampType TIMESTAMP
  10: IntType INTEGER
  11: Empty UNKNOWN
  12: Empty JSON
  13: Empty BSON
  14: Empty UUID
  15: Empty FLOAT16
}
struct SchemaElement {
  1: optional i32 type
  2: optional i32 type_length
  3: optional i32 repetition_type
  4: required string name
  5: optional i32 num_children
  6: optional i32 converted_type
  7: optional i32 scale
  8: optional i32 precision
  9: optional i32 field_id
  10: optional LogicalType logicalType
}
struct KeyValue { 1: required string key 2: optional string value }
struct SortingColumn { 1: required i32 column_idx 2: required bool descending 3: required bool nulls_first }
struct PageEncodingStats { 1: required i32 page_type 2: required i32 encoding 3: required i32 count }
struct SizeStatistics {
  1: optional i64 unencoded_byte_array_data_bytes
  2: optional list<i64> repetition_level_histogram
  3: optional list<i64> definition_level_histogram
}
struct ColumnMetaData {
  1: required i32 type
  2: required list<i32> encodings
  3: required list<string> path_in_schema
  4: required i32 codec
  5: required i64 num_values
  6: required i64 total_uncompressed_size
  7: required i64 total_compressed_size
  8: optional list<KeyValue> key_value_metadata
  9: required i64 data_page_offset
  10: optional i64 index_page_offset
  11: optional i64 dictionary_page_offset
  12: optional Statistics statistics
  13: optional list<PageEncodingStats> encoding_stats
  14: optional i64 bloom_filter_offset
  15: optional i32 bloom_filter_length
  16: optional SizeStatistics size_statistics
}
struct ColumnChunk {
  1: optional string file_path
  2: required i64 file_offset
  3: optional ColumnMetaData meta_data
  4: optional i64 offset_index_offset
  5: optional i32 offset_index_length
  6: optional i64 column_index_offset
  7: optional i32 column_index_length
}
struct RowGroup {
  1: required list<ColumnChunk> columns
  2: required i64 total_byte_size
  3: required i64 num_rows
  4: optional list<SortingColumn> sorting_columns
  5: optional i64 file_offset
  6: optional i64 total_compressed_size
  7: optional i16 ordinal
}
union ColumnOrder { 1: Empty TYPE_ORDER }
struct FileMetaData {
  1: required i32 version
  2: required list<SchemaElement> schema
  3: required i64 num_rows
  4: required list<RowGroup> row_groups
  5: optional list<KeyValue> key_value_metadata
  6: optional string created_by
  7: optional list<ColumnOrder> column_orders
}
