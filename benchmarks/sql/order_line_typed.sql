-- The limit of loading: a typed table without keys, checks or provenance.
create table order_line_typed (
    order_no text, line_no integer, ordered_at timestamp, completed_at timestamp, seller_id text,
    product_id text, quantity numeric, weight_kg numeric, amount_vnd numeric, receiving_province text,
    receiving_country text, buyer_phone text, status text
)
