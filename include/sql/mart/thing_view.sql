create temporary view thing as
{body}
