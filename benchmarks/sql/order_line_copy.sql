copy order_line_typed from stdin (format csv, header)
