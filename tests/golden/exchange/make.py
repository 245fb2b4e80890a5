#!/usr/bin/env python3
"""Writes the Parquet files of this folder, and what a reader must find in them. Needs pyarrow (the committed files are of
17.0.0, PyPI, in an environment that was thrown away); the tests need only the files.

NAME.jsonl holds the rows as Python knows them, one JSON array a row: null, text for whatever Kalon gives as text, and
{"f32": number} or {"f64": number} for floating point.
"""
import datetime
import json
import math
import os
import random

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = ["cat", "hut", "été", "Καλόν", "猫", "😀", "a,b;c\t\"d\"\n", "", "x" * 300, "e\u0301"]


def rows_of(count, seed):
    r = random.Random(seed)

    def maybe(value, chance=0.2):
        return None if r.random() < chance else value

    columns = {
        "path": pa.array([f"shelf{i % 3}/picture {i:03}.jpg" for i in range(count)], pa.string()),
        "caption": pa.array([maybe(r.choice(WORDS)) for _ in range(count)], pa.string()),
        "kind": pa.array([maybe(r.choice(["photo", "drawing"])) for _ in range(count)], pa.large_string()),
        "i32": pa.array([maybe(r.choice([0, -1, 2**31 - 1, -2**31, r.randint(-999, 999)])) for _ in range(count)], pa.int32()),
        "i64": pa.array([maybe(r.choice([2**63 - 1, -2**63, r.randint(-9, 9)])) for _ in range(count)], pa.int64()),
        "u32": pa.array([maybe(r.choice([2**32 - 1, r.randint(0, 9)])) for _ in range(count)], pa.uint32()),
        "u64": pa.array([maybe(r.choice([2**64 - 1, r.randint(0, 9)])) for _ in range(count)], pa.uint64()),
        "i8": pa.array([maybe(r.randint(-128, 127)) for _ in range(count)], pa.int8()),
        "similarity": pa.array([maybe(float(numpy.float32(r.gauss(0.3, 0.1)))) for _ in range(count)], pa.float32()),
        "score": pa.array([maybe(r.choice([r.gauss(5, 2), 0.1, 1e300, -0.5, 7.0, math.nan])) for _ in range(count)], pa.float64()),
        "NSFW": pa.array([maybe(r.random() < 0.3) for _ in range(count)], pa.bool_()),
        "day": pa.array([maybe(datetime.date(1969, 1, 1) + datetime.timedelta(r.randint(0, 30000))) for _ in range(count)], pa.date32()),
        "taken": pa.array([maybe(datetime.datetime(1950, 1, 1) + datetime.timedelta(microseconds=r.randint(0, 3 * 10**15)))
                           for _ in range(count)], pa.timestamp("us")),
        "milli": pa.array([maybe(r.randint(-10**12, 2 * 10**12)) for _ in range(count)], pa.timestamp("ms", "UTC")),
        "empty": pa.array([None] * count, pa.string()),
    }
    table = pa.table(columns)
    # A column without nulls by its schema, too.
    fields = [f.with_nullable(False) if f.name == "path" else f for f in table.schema]
    return table.cast(pa.schema(fields))


def known(value, field):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if pa.types.is_float32(field.type):
        return {"f32": value}
    if pa.types.is_float64(field.type):
        return {"f64": value}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def write_expected(table, name):
    with open(os.path.join(HERE, name + ".jsonl"), "w") as out:
        out.write(json.dumps(table.column_names) + "\n")
        for row in table.to_pylist():
            out.write(json.dumps([known(row[field.name], field) for field in table.schema]) + "\n")


def write(table, name, **options):
    options = {"write_statistics": False, "store_schema": False, "data_page_size": 200, "write_batch_size": 7,
               "row_group_size": 40, **options}
    pq.write_table(table, os.path.join(HERE, name + ".parquet"), **options)


def main():
    table = rows_of(90, 1)
    write_expected(table, "table")
    for codec in ("none", "snappy", "gzip", "zstd"):
        for dictionary in (False, True):
            version = "2.0" if (codec in ("none", "zstd")) == dictionary else "1.0"
            write(table, f"table-{codec}-{'dictionary' if dictionary else 'plain'}-v{version[0]}", compression=codec,
                  use_dictionary=dictionary, data_page_version=version)
    write(table, "table-snappy-defaults", write_statistics=True, store_schema=True, compression="snappy",
          data_page_size=1 << 20, write_batch_size=1024)

    empty = rows_of(0, 2)
    write_expected(empty, "no-rows")
    write(empty, "no-rows")

    small = rows_of(6, 3).select(["path", "similarity"])
    others = {
        "list": pa.array([[1], [], None, [2, 3], [4], [5]], pa.list_(pa.int32())),
        "record": pa.array([{"a": i, "b": str(i)} for i in range(6)]),
        "decimal": pa.array([None] * 6, pa.decimal128(10, 2)),
        "fixed": pa.array([b"abcd"] * 6, pa.binary(4)),
        "time": pa.array([1] * 6, pa.time64("us")),
        "behind": pa.array([f"v{i}" for i in range(6)]),
    }
    for name, column in others.items():
        small = small.append_column(name, column)
    write_expected(small.select(["path", "similarity", "behind"]), "kinds")
    write(small, "kinds")
    write(pa.table({"raw": pa.array([b"good", b"\xff\xfe", None, "été".encode(), b"nul\0"])}), "bytes")

    numbers = rows_of(20, 4).select(["path", "i64", "similarity"])
    for column, encoding in (("i64", "DELTA_BINARY_PACKED"), ("path", "DELTA_BYTE_ARRAY"), ("similarity", "BYTE_STREAM_SPLIT")):
        write(numbers.select([column]), "refused-" + encoding.lower(), use_dictionary=False,
              column_encoding={column: encoding})
    write(numbers, "refused-lz4", compression="lz4")
    write(numbers, "refused-brotli", compression="brotli")

    # What clip-retrieval's inference leaves: parts of embeddings with their metadata.
    for part, names in enumerate((range(0, 7), range(7, 12))):
        metadata = pa.table({
            "image_path": [f"picture{i:02}.png" for i in names],
            "caption": [None if i == 3 else f"picture number {i}, été" for i in names],
            "NSFW": ["UNLIKELY" if i % 2 else "UNSURE" for i in names],
            "similarity": pa.array([i / 16 for i in names], pa.float32()),
            "status": ["success" for _ in names],
        })
        pq.write_table(metadata, os.path.join(HERE, f"metadata_{part}.parquet"))


if __name__ == "__main__":
    main()
